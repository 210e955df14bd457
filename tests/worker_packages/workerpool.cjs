const workerpool = require('workerpool');
(async () => {
  const processes = workerpool.pool();
  console.log(await processes.exec((a, b) => a + b, [3, 4]));
  await processes.terminate();
  const pool = workerpool.pool(`${__dirname}/workerpool-worker.cjs`, { workerType: 'thread', maxWorkers: 1 });
  const list = new Uint8Array([1, 2, 3]);
  console.log(await pool.exec('sum', [list], { transfer: [list.buffer] }), list.length);
  console.log(await pool.exec('array', [3]));
  const events = [];
  console.log(await pool.exec('events', [], { on: (payload) => events.push(payload.status) }), events);
  await pool.exec('waits').timeout(30).catch((error) => console.log(error.message));
  const cancelled = pool.exec('waits');
  cancelled.cancel();
  await cancelled.catch((error) => console.log(error.message));
  console.log(await pool.exec('sum', [[4, 5]]), pool.stats().totalWorkers);
  await pool.terminate();
})();
