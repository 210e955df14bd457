const workerpool = require('workerpool');
workerpool.worker({
  sum: (list) => list.reduce((a, b) => a + b),
  array(size) { const list = new Uint8Array(size).map((_, i) => i); return new workerpool.Transfer(list, [list.buffer]); },
  events() { workerpool.workerEmit({ status: 'begun' }); workerpool.workerEmit({ status: 'complete' }); return true; },
  waits() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1e6);
      this.worker.addAbortListener(async () => { clearTimeout(timer); resolve(); });
    });
  },
}, { abortListenerTimeout: 1000 });
