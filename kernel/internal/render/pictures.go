package render

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/html"
)

// maxPicture bounds a picture file that is taken into a page, in bytes.
const maxPicture = 32 << 20

// embedPictures embeds every picture under root in the page: svg elements become img elements,
// attachments and files next to the notebook become data URLs. A picture on another machine
// becomes a link to it, and one that is not there a note.
func (p *page) embedPictures(root *html.Node, attachments map[string]any) {
	for _, svg := range elements(root, "svg") {
		if !attached(root, svg) {
			continue // inside one that was replaced
		}
		src, title, ok := svgSource(renderNodes([]*html.Node{svg}))
		if !ok {
			svg.Parent.RemoveChild(svg)
			continue
		}
		img := element("img", "src", src, "alt", title)
		for _, key := range []string{"width", "height"} {
			if value, ok := attr(svg, key); ok {
				setAttr(img, key, strings.TrimSuffix(value, "px"))
			}
		}
		replace(svg, img)
	}
	for _, img := range elements(root, "img") {
		src, _ := attr(img, "src")
		if strings.HasPrefix(src, "data:") {
			continue
		}
		data, err := p.picture(src, attachments)
		if err == nil {
			setAttr(img, "src", data)
			continue
		}
		alt, _ := attr(img, "alt")
		replace(img, p.missingPicture(src, alt, err))
	}
}

// missingPicture replaces a picture that cannot be shown.
func (p *page) missingPicture(src, alt string, err error) *html.Node {
	if alt == "" {
		alt = "a picture"
	}
	if u, bad := url.Parse(src); bad == nil && (u.Scheme == "http" || u.Scheme == "https") {
		link := element("a", "href", src)
		link.AppendChild(textNode(alt + " (on " + u.Host + ")"))
		return link
	}
	p.warn("picture %q: %v", src, err)
	note := element("em")
	note.AppendChild(textNode("[" + alt + ": not found]"))
	return note
}

// picture returns the picture that src names as a data URL.
func (p *page) picture(src string, attachments map[string]any) (string, error) {
	if name, ok := strings.CutPrefix(src, "attachment:"); ok {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		return attachment(attachments, name)
	}
	u, err := url.Parse(src)
	if err != nil {
		return "", err
	}
	if u.Scheme != "" || u.Host != "" || u.Path == "" {
		return "", fmt.Errorf("it is not a file next to the notebook")
	}
	path := filepath.FromSlash(u.Path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(p.source), path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxPicture {
		return "", fmt.Errorf("%s: expected a file of at most %d MiB", path, maxPicture>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	kind := http.DetectContentType(data)
	if strings.EqualFold(filepath.Ext(path), ".svg") {
		src, _, ok := svgSource(string(data))
		if !ok {
			return "", fmt.Errorf("%s: expected an SVG picture", path)
		}
		return src, nil
	}
	return dataURL(kind, data)
}

// attachment returns a file that is attached to the cell.
func attachment(attachments map[string]any, name string) (string, error) {
	bundle, _ := attachments[name].(map[string]any)
	for _, kind := range pictureTypes {
		text, ok := bundle[kind].(string)
		if !ok {
			continue
		}
		return pictureData(kind, text)
	}
	return "", fmt.Errorf("the cell has no attached picture %q", name)
}

// pictureTypes are the supported types of pictures, the best first.
var pictureTypes = []string{"image/svg+xml", "image/png", "image/webp", "image/jpeg", "image/gif"}

// pictureData returns a picture of a MIME bundle as a data URL: SVG is text there, the
// others are in base 64.
func pictureData(kind, text string) (string, error) {
	if kind == "image/svg+xml" {
		src, _, ok := svgSource(text)
		if !ok {
			return "", fmt.Errorf("it contains no SVG picture")
		}
		return src, nil
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return "", fmt.Errorf("its %s is not base 64: %w", kind, err)
	}
	return dataURL(http.DetectContentType(data), data)
}

// dataURL refuses data that is not a picture, regardless of its declared type.
func dataURL(kind string, data []byte) (string, error) {
	kind, _, err := mime.ParseMediaType(kind)
	if err == nil {
		for _, known := range pictureTypes {
			if kind == known {
				return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data), nil
			}
		}
	}
	return "", fmt.Errorf("it is %s, expected a supported picture", kind)
}

// number reads a JSON number of a notebook's metadata as text.
func number(value any) string {
	if n, ok := value.(json.Number); ok {
		return n.String()
	}
	return ""
}
