// Looks for what keeps people from using a page, and returns each as a line of text.
const found = [];
const say = (element, text) => found.push(`${element.outerHTML.slice(0, 90)}: ${text}`);
const all = (css) => [...document.querySelectorAll(css)];
const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
const nameOf = (element) =>
  (element.getAttribute("aria-label") || element.innerText || element.textContent || "").trim();

if (!document.documentElement.lang) found.push("the page names no language");
if (!document.title.trim()) found.push("the page has no title");
if (all("h1").length !== 1) found.push(`${all("h1").length} headings of the first level`);
if (all("main").length !== 1) found.push(`${all("main").length} main parts`);
if (!all("a.skip[href='#content']").length || !document.getElementById("content")) {
  found.push("nothing skips to the content");
}

const ids = all("[id]").map((element) => element.id);
for (const id of new Set(ids)) {
  if (ids.filter((other) => other === id).length > 1) found.push(`the id ${id} is there twice`);
}

let level = 0;
for (const heading of all("h1, h2, h3, h4").filter(isShown)) {
  const own = Number(heading.tagName[1]);
  if (own > level + 1) say(heading, `a heading of level ${own} below one of ${level}`);
  level = own;
}

for (const field of all("input:not([type=hidden]), select, textarea")) {
  if (!field.labels.length && !field.getAttribute("aria-label")) say(field, "it has no label");
  const note = field.getAttribute("aria-describedby");
  if (note && !document.getElementById(note)) say(field, `its note ${note} is not there`);
}
for (const control of all("a[href], button, summary")) {
  if (!nameOf(control)) say(control, "it has no name");
}
for (const region of all("[role=region], section")) {
  if (!region.getAttribute("aria-label") && !region.getAttribute("aria-labelledby")) {
    say(region, "a region without a name");
  }
}
for (const table of all("table")) {
  const isNamed = table.caption || table.closest("[aria-label]") || table.closest("fieldset");
  if (!isNamed) say(table, "a table without a name");
  if (!table.querySelector("th[scope]")) say(table, "a table without headers");
}
for (const scrolled of all(".scroll")) {
  if (scrolled.scrollWidth > scrolled.clientWidth && scrolled.tabIndex < 0) {
    say(scrolled, "it scrolls, and the keyboard does not reach it");
  }
}

// Contrast: 4.5 to 1, or 3 to 1 for large text (WCAG 2.2, 1.4.3).
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function channels(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(element) {
  for (let at = element; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
}
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const isText = texts.currentNode.data.trim() && !element.closest("script, noscript, .hidden, .skip");
  if (!isText || !isShown(element)) continue;
  const style = getComputedStyle(element);
  const [a, b] = [luminance(channels(style.color)), luminance(ground(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (isLarge ? 3 : 4.5)) say(element, `a contrast of ${ratio.toFixed(2)}`);
}

const tooWide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (tooWide > 0) found.push(`the page is ${tooWide} pixels wider than the window`);
return found;
