// Keeps a page of progress up to date without loading it again. Without this script the page
// loads itself again (`<noscript>`), so nothing depends on it.
const area = document.getElementById("progress");

async function look() {
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.getElementById("progress");
    if (next && next.innerHTML !== area.innerHTML) {
      area.replaceChildren(...next.childNodes);
    }
    if (next) {
      area.dataset.state = next.dataset.state;
    }
  } catch {
    // The server is away for the moment: the next look tells.
  }
  again();
}

function again() {
  if (area.dataset.state === "waiting") {
    setTimeout(look, 400);
  } else if (area.dataset.state === "made" && area.dataset.onward) {
    location.assign(area.dataset.onward);
  }
}

if (area) {
  again();
}
