document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll('input[type="number"]')) {
    input.addEventListener("change", () => {
      const most = Number(input.max || 99);
      if (Number(input.value) > most) input.value = most;
    });
  }
  const search = document.querySelector(".search input");
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement === document.body) {
      event.preventDefault();
      search.focus();
    }
  });
});
