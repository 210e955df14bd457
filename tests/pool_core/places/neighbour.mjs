export const what = decodeURIComponent(new URL('../places.mjs', import.meta.url).pathname);
