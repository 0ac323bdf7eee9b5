import type { IncomingMessage, ServerResponse } from "node:http";
import { answerOracle, oraclePath } from "./authorization/accessOracle.ts";
import { accountIn, serveBlob } from "./blobs.ts";
import { consoleLog } from "./compute/machines/bootDiagnostics.ts";
import { answerControl } from "./control.ts";
import type { Emulation } from "./emulation.ts";
import { takeEvents, topicPath } from "./eventgrid/dataPlane.ts";
import { answerOf, type Incoming, readRequest, send, serveArm } from "./front.ts";
import { answerVault } from "./keyvault/dataPlane.ts";
import { vaultIn } from "./keyvault/vaults.ts";
import { answerSignIn } from "./signIn.ts";
import type { Answer } from "./world.ts";

const eventGridAudiences = ["https://eventgrid.azure.net"];

/** Answers whatever comes in over HTTPS: the emulator's own control, sign-in, the data planes of topics, vaults and blobs, and else ARM. */
export async function serve(emulation: Emulation, message: IncomingMessage, response: ServerResponse): Promise<void> {
  let incoming: Incoming | undefined;
  try {
    incoming = await readRequest(message);
    const answer = await answerBesideArm(emulation, incoming, message.socket.remoteAddress ?? "");
    if (answer) return send(response, answer, incoming.method);
    const log = consoleLog(emulation.world, incoming.path, incoming.query);
    if (log !== undefined)
      return void response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(log);
    const account = accountIn(emulation.world, incoming.path);
    if (account) return serveBlob(emulation, account, incoming, response);
    await serveArm(emulation, incoming, response);
  } catch (error) {
    if (!response.headersSent) send(response, answerOf(emulation.world.log, error), incoming?.method ?? "GET");
  }
}

async function answerBesideArm(emulation: Emulation, incoming: Incoming, from: string): Promise<Answer | undefined> {
  if (/^\/emulator(\/|$)/i.test(incoming.path)) return await answerControl(emulation, incoming, from);
  if (oraclePath.test(incoming.path) && incoming.method === "POST") return answerOracle(emulation, incoming);
  const topic = topicPath.exec(incoming.path)?.groups?.name;
  if (topic && incoming.method === "POST") {
    const caller = emulation.tokens.check(incoming.headers.authorization, eventGridAudiences);
    return takeEvents(emulation.world, topic, caller, incoming.body);
  }
  const vault = vaultIn(emulation.world, incoming.path);
  if (vault) return answerVault(emulation, vault, incoming);
  return answerSignIn(emulation, incoming);
}
