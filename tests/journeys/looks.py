"""What can be wrong with the look of a page as it stands in the browser."""

from __future__ import annotations

from tests.parts.chromium import NARROW, WIDE, Visitor

HEIGHT = 900
NARROWEST = 320  # WCAG 1.4.10: nothing scrolls sideways at this width
SPACING = (  # WCAG 1.4.12: with these nothing may be lost
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
    " word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"
)
# Main acts are easy to hit; everything else is possible to hit (WCAG 2.5.8). Links in sentences
# are excepted by the rule itself, as is what the browser alone draws.
TARGETS = """
() => {
  const MAIN = ".usa-button:not(.usa-button--unstyled), .vote__button, .strip__exit, .usa-input,"
    + " .usa-select";
  const BLOCK = "p, li, dd, td, th, figcaption, label, legend, h1, h2, h3, .words, .prose";
  const inSentence = (node) => {
    if (!node.matches("a, summary, button")) return false;
    if (getComputedStyle(node).display !== "inline") return false;
    const block = node.closest(BLOCK);
    return block !== null && block.innerText.trim() !== node.innerText.trim();
  };
  const small = [];
  const all = "a[href], button, input, select, textarea, summary";
  for (const node of document.querySelectorAll(all)) {
    if (node.type === "hidden" || node.closest("[hidden], .visually-hidden, .words")) continue;
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    const wrap = node.matches("[type=radio], [type=checkbox]") && node.closest("label");
    const box = (wrap || node).getBoundingClientRect();
    if (!box.width || box.bottom + scrollY < 0 || inSentence(node)) continue;
    const least = node.matches(MAIN) ? 44 : 24;
    if (box.height >= least - 0.5 && box.width >= 23.5) continue;
    const name = (node.innerText || node.name || "").trim().slice(0, 40);
    const size = `${Math.round(box.width)}×${Math.round(box.height)}`;
    small.push(`${node.tagName.toLowerCase()} “${name}” is ${size}, not ${least}`);
  }
  return small;
}
"""
TALLEST_HEADER = 120  # pixels on a phone: the brand with the account, and one row of links
HEADER = "() => document.querySelector('.site-header')?.offsetHeight ?? 0"
# What sticks out, for the message; the measure itself is the width of the document.
TOO_WIDE = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .filter((node) => !node.closest(".table-scroll, .figure__scroll"))
  .slice(0, 3).map((node) => node.tagName.toLowerCase() + "." + node.className)
"""


def faults_of(visitor: Visitor, where: str, widths: tuple[int, ...] = (WIDE, NARROW)) -> list[str]:
    """Everything wrong with the present page at these widths, at 320 px and with wide spacing."""
    page, found = visitor.page, []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{where}, {width} px: {fault}" for fault in visitor.accessibility_problems()]
        found += [f"{where}, {width} px: {fault}" for fault in page.evaluate(TARGETS)]
        found += _overflow(visitor, f"{where}, {width} px")
        if width == NARROW and (height := page.evaluate(HEADER)) > TALLEST_HEADER:
            found.append(f"{where}, {width} px: its header takes {height} px")
    page.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    found += _overflow(visitor, f"{where}, {NARROWEST} px")
    # The page's own policy forbids style elements; a sheet made by script is none of the page's.
    page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css);"
        " document.adoptedStyleSheets = [s]; }",
        SPACING,
    )
    found += _overflow(visitor, f"{where}, {NARROWEST} px with wide spacing")
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    return found


def _overflow(visitor: Visitor, where: str) -> list[str]:
    beyond = visitor.overflow()
    if not beyond:
        return []
    return [f"{where}: {beyond} px too wide: {visitor.page.evaluate(TOO_WIDE)}"]
