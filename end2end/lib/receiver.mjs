// A receiver of webhooks on loopback: it keeps what it was sent, and answers as it is told.
import { createServer } from 'node:http';

/** Answers each request with `answer`, which gets the response and what was sent. */
export async function receiver(t, answer = (response) => response.end('thanks')) {
  const sent = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { url, headers } = request;
      sent.push({ url, headers, id: headers['webhook-id'], body: JSON.parse(Buffer.concat(chunks)) });
      answer(response, sent.at(-1));
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { sent, url: `http://127.0.0.1:${server.address().port}/` };
}

/** Lets webhooks be sent to this machine. */
export const allowLoopback = (server) => server.must('POST', '/api/v0/meta/settings', { outgoingAllowedNetworks: ['127.0.0.0/8'] });
