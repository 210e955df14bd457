// winston: a logger over streams, files and (when they rotate) zlib.
import assert from 'node:assert';
import fs from 'node:fs';
import winston from 'winston';

const file = `winston-${process.pid}.log`;
process.on('exit', () => fs.rmSync(file, { force: true }));
const { format, transports } = winston;
const logger = winston.createLogger({
  format: format.combine(format.timestamp(), format.json()), transports: [new transports.File({ filename: file })],
});
logger.info('hello', { a: 1 });
logger.end();
await new Promise((resolve) => logger.transports[0].once('finish', resolve));
assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).a, 1);
console.log('ok');
