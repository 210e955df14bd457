// Tasks of pool-suite.mjs, as each pool wants to find them.
export const add = (n) => n + 1;
export const look = ({ table, i }) => table.rows[i % table.rows.length].value;
export const spin = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};
export default (task) => ({ add, look, spin })[task.name](task.value);
