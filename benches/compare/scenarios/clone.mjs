const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: `row ${id}`, value: id / 3 }));
const run = (count) => {
  for (let i = 0; i < count; i++) structuredClone(rows);
};
run(100);
const start = performance.now();
run(500);
console.log((performance.now() - start) * 1e3 / 500);
