// Bring the tab of this page into view where the row of tabs is wider than the screen.

document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
