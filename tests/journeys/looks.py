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
  const small = [];
  const inSentence = (node) => {
    if (!node.matches("a, summary, button") || getComputedStyle(node).display !== "inline") return false;
    const block = node.closest("p, li, dd, td, th, figcaption, label, legend, h1, h2, h3, .words, .prose");
    return block !== null && block.innerText.trim() !== node.innerText.trim();
  };
  for (const node of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (node.type === "hidden" || node.closest("[hidden], .visually-hidden, .words")) continue;
    if (!node.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
    const wrap = node.matches("input[type=radio], input[type=checkbox]") && node.closest("label");
    const box = (wrap || node).getBoundingClientRect();
    if (!box.width || box.right < 0 || box.bottom + scrollY < 0) continue;
    const main = node.matches(".usa-button:not(.usa-button--unstyled), .vote__button, .strip__exit, .usa-input, .usa-select");
    const least = main ? 44 : 24;
    if (inSentence(node)) continue;
    if (box.height < least - 0.5 || box.width < 23.5)
      small.push(`${node.tagName.toLowerCase()} “${(node.innerText || node.name || "").trim().slice(0, 40)}” is ${Math.round(box.width)}×${Math.round(box.height)}, not ${least}`);
  }
  return small;
}
"""
# What sticks out, for the message; the measure itself is the width of the document.
TOO_WIDE = """
() => [...document.querySelectorAll("main *, header *, footer *, aside *")]
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest(".table-scroll, .figure__scroll"))
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
