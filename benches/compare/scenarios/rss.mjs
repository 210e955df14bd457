import process from 'node:process';
console.log(process.memoryUsage().rss / 1e6);
