'use strict';
// Whether text for standard error may carry colours, without making the stream: NO_COLOR, FORCE_COLOR, and the tty.

function stderrHasColors() {
  const { FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (NODE_DISABLE_COLORS !== undefined && NODE_DISABLE_COLORS !== '') return false;
  if (TERM === 'dumb') return false;
  return internalBinding('tty').isatty(2);
}

module.exports = { stderrHasColors };
