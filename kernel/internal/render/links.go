package render

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// settleLinks rewrites the links of every page. Links to a notebook lead to its page, links to
// files next to the notebook are relative to the page's folder, and links to a heading lead to
// its anchor.
func (b *book) settleLinks() {
	for _, p := range b.pages {
		for _, c := range p.Cells {
			groups := [][]*html.Node{c.Source}
			for _, o := range c.Outputs {
				groups = append(groups, o.Nodes)
			}
			for _, nodes := range groups {
				for _, node := range nodes {
					b.settle(p, node)
				}
			}
		}
	}
}

// missingLinks returns one warning of all links that lead to no file, or none. A notebook that was
// saved outside its checkout has many of them.
func missingLinks(pages []*page) []string {
	var targets []string
	sources := map[string][]string{}
	for _, p := range pages {
		for _, href := range p.missing {
			if sources[href] == nil {
				targets = append(targets, href)
			}
			if !slices.Contains(sources[href], p.source) {
				sources[href] = append(sources[href], p.source)
			}
		}
	}
	switch len(targets) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("%s: link %q leads to no file", strings.Join(sources[targets[0]], ", "), targets[0])}
	}
	var list []string
	for _, href := range targets {
		of := sources[href][0]
		if n := len(sources[href]); n > 1 {
			of += fmt.Sprintf(" and %d more", n-1)
		}
		list = append(list, fmt.Sprintf("%q in %s", href, of))
	}
	return []string{"links lead to no file: " + strings.Join(list, ", ") + ". Links of a notebook are relative to its folder"}
}

func (b *book) settle(p *page, root *html.Node) {
	links := elements(root, "a")
	if root.Data == "a" {
		links = append(links, root)
	}
	for _, link := range links {
		href, ok := attr(link, "href")
		if !ok {
			continue
		}
		target, changed := b.target(p, href)
		if changed {
			setAttr(link, "href", target)
			href = target
		}
		if b.format == PDF {
			nameFile(link, href)
		}
	}
}

// nameFile replaces a link to another file with its text and the file's name: a browser would
// print the file's absolute path on this machine.
func nameFile(link *html.Node, href string) {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return
	}
	if text := textOf(link); !strings.Contains(text, path.Base(u.Path)) {
		link.AppendChild(textNode(" (" + u.Path + ")"))
	}
	link.Attr = slices.DeleteFunc(link.Attr, func(a html.Attribute) bool { return a.Key == "href" })
}

// target returns the target of a link of page p.
func (b *book) target(p *page, href string) (target string, changed bool) {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
		return "", false // elsewhere
	}
	if u.Path == "" {
		return p.inPage(p, u)
	}
	file := filepath.Join(filepath.Dir(p.source), filepath.FromSlash(u.Path))
	if to := b.page(file); to != nil {
		if u.Fragment == "" {
			return (&url.URL{Path: to.file}).String(), true
		}
		target, _ := p.inPage(to, u)
		return (&url.URL{Path: to.file}).String() + target, true
	}
	if strings.EqualFold(path.Ext(u.Path), ".ipynb") {
		if _, err := os.Stat(b.output(file)); err == nil { // rendered before, not now
			u.Path = path.Base(strings.TrimSuffix(u.Path, path.Ext(u.Path)) + "." + string(b.format))
			return u.String(), true
		}
	}
	if _, err := os.Stat(file); err != nil {
		p.missing = append(p.missing, href)
		return "", false
	}
	from, err := filepath.Abs(b.out)
	if err != nil {
		return "", false
	}
	to, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	relative, err := filepath.Rel(from, to)
	if err != nil {
		return "", false
	}
	u.Path = filepath.ToSlash(relative)
	return u.String(), true
}

// inPage resolves a link's fragment in page to; p is the page the link is on.
func (p *page) inPage(to *page, u *url.URL) (target string, changed bool) {
	if u.Fragment == "" {
		return "", false
	}
	id, ok := to.anchor(u.Fragment)
	if !ok {
		p.warn("link %q leads to no heading of %s", "#"+u.Fragment, to.source)
		return "#" + u.EscapedFragment(), false
	}
	return (&url.URL{Fragment: id}).String(), true
}
