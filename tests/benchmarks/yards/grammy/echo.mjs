// A yardstick: a bare grammY echo bot on node's own HTTP server, nothing stored.
import { createServer } from "node:http";
import { Bot, webhookCallback } from "grammy";

const [api, port] = process.argv.slice(2);
const bot = new Bot("1000001:BENCH", { client: { apiRoot: api } });
bot.on("message:text", (context) => context.reply(context.message.text));
await bot.init();
const hear = webhookCallback(bot, "http", { secretToken: "bench" });
createServer((request, response) => hear(request, response)).listen(Number(port), "127.0.0.1");
await bot.api.setWebhook(`http://127.0.0.1:${port}/telegram`, { secret_token: "bench" });
