// The most flips that any permutation of 9 numbers needs: small integers in typed arrays.
import { best } from './best.mjs';

function flips(order, work, n) {
  work.set(order);
  let count = 0;
  for (let first = work[0]; first !== 0; first = work[0]) {
    for (let low = 0, high = first; low < high; low++, high--) {
      const kept = work[low];
      work[low] = work[high];
      work[high] = kept;
    }
    count++;
  }
  return count;
}

// Every permutation, by Heap's method.
function most(n) {
  const order = Uint8Array.from({ length: n }, (_, i) => i);
  const work = new Uint8Array(n);
  const state = new Uint8Array(n);
  let found = flips(order, work, n);
  for (let i = 1; i < n;) {
    if (state[i] < i) {
      const other = i % 2 === 0 ? 0 : state[i];
      const kept = order[other];
      order[other] = order[i];
      order[i] = kept;
      found = Math.max(found, flips(order, work, n));
      state[i]++;
      i = 1;
    } else {
      state[i++] = 0;
    }
  }
  return found;
}

best(() => most(9), 30);
