// On a phone the pages of a section stand in one row: push it to where the present page can be seen.
const current = document.querySelector(".local-nav [aria-current]");
const list = current?.closest("ul");
if (list) list.scrollLeft = current.parentElement.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
