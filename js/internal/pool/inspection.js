'use strict';
// pool.inspect(): how a pool is doing, as a table for people.

const HEAD = ['isolate', 'thread', 'running', 'completed', 'run time', 'loop busy', 'heap used', 'heap', 'external'];

const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;
const percent = (share) => `${(share * 100).toFixed(1)} %`;

function milliseconds(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1000).toFixed(1)} us`;
}

function line(name, times) {
  return `${name.padEnd(10)} p50 ${milliseconds(times.p50)}  p90 ${milliseconds(times.p90)}  p99 ${milliseconds(times.p99)}  ` +
    `p99.9 ${milliseconds(times.p99_9)}  p99.99 ${milliseconds(times.p99_99)}  max ${milliseconds(times.max)}\n`;
}

function report(pool) {
  const { threads, runTime, waitTime } = pool;
  let text = `Pool ${pool.options.name}: ${pool.threadCount} of ${pool.maxThreads} threads, ${pool.running} running, ` +
    `${pool.queueSize} queued, ${pool.completed} completed, utilization ${percent(pool.utilization)}` +
    `${pool.closed ? ', closed' : ''}\n`;
  if (waitTime !== undefined && waitTime.count > 0) text += line('wait time', waitTime);
  if (runTime !== undefined && runTime.count > 0) text += line('run time', runTime);
  if (threads.length === 0) return text;
  const rows = threads.map((row) => [
    String(row.isolateId), String(row.index), String(row.running), String(row.completed), milliseconds(row.runTime),
    percent(row.eventLoopUtilization.utilization), megabytes(row.memory.heapUsed), megabytes(row.memory.heapTotal),
    megabytes(row.memory.external),
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  for (const row of [HEAD, ...rows]) text += `${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}\n`;
  return text;
}

// Prints it to a stream, standard output if none is given, and gives the text; null only gives it.
function inspect(pool, stream = process.stdout) {
  const text = report(pool);
  stream?.write(text);
  return text;
}

module.exports = { inspect };
