document.addEventListener("DOMContentLoaded", () => {
  const images = document.querySelectorAll(".gallery img");
  for (const image of images) {
    image.addEventListener("click", () => image.classList.toggle("large"));
  }
});
