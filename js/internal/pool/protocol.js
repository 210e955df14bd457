'use strict';
// The numbers that both sides of the pool agree on: scheduler.js on the owner's side, js/bootstrap/pool.js inside the
// isolates, src/workers/task.rs between them.

module.exports = {
  // Kinds of code.
  FUNCTION: 0,
  MODULE: 1,
  // Forms of a payload: an array of tasks; or part of a collection: [operation, captured values, ...] (slices.js).
  TASKS: 0,
  SLICE: 1,
  // Operations on parts of collections.
  MAP: 0,
  EACH: 1,
  FILTER: 2,
  REDUCE: 3,
  SORT: 4,
  MERGE: 5,
  // Kinds of parts: the value of one task; its error; an array of values from `start` on; what task.progress() said.
  VALUE: 0,
  ERROR: 1,
  VALUES: 2,
  PROGRESS: 3,
  // Ends of a job.
  FINISHED: 0,
  CANCELLED: 1,
  OUT_OF_MEMORY: 2,
  EXITED: 3,
  NEVER_SETTLES: 4,
  NO_ISOLATE: 5,
  TIMED_OUT: 6,
  // Parts of a job that goes on.
  NOTICE: 7,
  // The end of another task took its isolate down.
  LOST: 8,
  // Not a job's: the threads of the pool have ended.
  CLOSED: 9,
  // In the place of the index of the task under way: none was, yet.
  NOT_BEGUN: -2,
};
