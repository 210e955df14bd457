export default ({ a, b }) => a + b;
export const talk = ({ port }) => new Promise((resolve) => {
  port.on('message', (message) => { port.postMessage(`heard ${message}`); port.close(); resolve('talked'); });
});
export const answer = () => new Promise((resolve) => {
  process.on('message', (message) => {
    if (message?.__tinypool_worker_message__) return;
    process.send({ received: message, response: 'hello back' });
    resolve();
  });
});
