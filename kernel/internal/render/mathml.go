package render

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// mathElements are the visible elements of MathML Core.
var mathElements = strings.Fields(`math mrow mi mn mo mtext mspace ms msub msup msubsup mmultiscripts mprescripts
	mfrac msqrt mroot munder mover munderover mtable mtr mtd mstyle mpadded mphantom`)

// mathAttributes are those of them that only concern how it looks.
var mathAttributes = strings.Fields(`display displaystyle scriptlevel mathvariant stretchy fence separator form largeop
	movablelimits symmetric lspace rspace minsize maxsize accent accentunder linethickness columnalign rowalign
	rowspacing columnspacing columnspan rowspan width height depth voffset`)

// mathStyle matches declarations without any function: no url(…), no expression(…).
var mathStyle = regexp.MustCompile(`^[a-z0-9 .;:%-]*$`)

// cleanMath copies a math element with the allowed elements and attributes, with sorted
// attributes: the converter's order changes from run to run.
func cleanMath(node *html.Node) *html.Node {
	clean := &html.Node{Type: html.ElementNode, Data: node.Data, Namespace: "math"}
	for _, a := range node.Attr {
		ok := slices.Contains(mathAttributes, a.Key) || a.Key == "style" && mathStyle.MatchString(a.Val)
		if a.Namespace == "" && ok && a.Val != "" {
			clean.Attr = append(clean.Attr, html.Attribute{Key: a.Key, Val: a.Val})
		}
	}
	slices.SortFunc(clean.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
	for child := range node.ChildNodes() {
		switch {
		case child.Type == html.TextNode:
			if text := strings.TrimSpace(child.Data); text != "" || node.Data == "mtext" && child.Data != "" {
				if node.Data == "mtext" {
					text = child.Data
				}
				clean.AppendChild(textNode(text))
			}
		case child.Type == html.ElementNode && child.Data == "semantics":
			for part := range child.ChildNodes() {
				if part.Type == html.ElementNode && slices.Contains(mathElements, part.Data) {
					clean.AppendChild(cleanMath(part))
				}
			}
		case child.Type == html.ElementNode && slices.Contains(mathElements, child.Data):
			clean.AppendChild(cleanMath(child))
		}
	}
	spaceNames(clean)
	return clean
}

// spaceNames adds thin spaces around the names of functions: in MathML only operators have
// spaces, so that "log p" would look like a product of four letters.
func spaceNames(row *html.Node) {
	var next *html.Node
	for node := row.FirstChild; node != nil; node = next {
		next = node.NextSibling
		if next == nil {
			return
		}
		if isName, nextName := functionName(node), functionName(next); (isName && next.Data != "mo") || (nextName && node.Data != "mo") {
			space := &html.Node{Type: html.ElementNode, Data: "mspace", Namespace: "math"}
			setAttr(space, "width", "0.1667em")
			row.InsertBefore(space, next)
		}
	}
}

// functionName reports whether node is an identifier of several letters, such as log.
func functionName(node *html.Node) bool {
	return node.Type == html.ElementNode && node.Data == "mi" && utf8.RuneCountInString(textOf(node)) > 1 &&
		!strings.ContainsRune(textOf(node), '\ufe00') // a variation selector: one letter
}
