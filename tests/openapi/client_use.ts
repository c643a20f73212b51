// A use of the generated client types: it compiles only while the document describes these operations and fields.
import type { components, operations, paths } from "./client.js";

type Bot = components["schemas"]["Bot"];
type NewBot = operations["createBot"]["requestBody"]["content"]["application/json"];
type Created = operations["createBot"]["responses"][201]["content"]["application/json"];
type Limited = paths["/api/v1/bots"]["get"]["responses"][429]["content"]["application/problem+json"];

const request: NewBot = { name: "Guide", is_public: true };
// no `undefined`: a response always holds these fields
export const id = (bot: Bot): string => bot.id;
export const version = (bot: Created): number => bot.version;
export const detail = (problem: Limited): string => problem.detail;
export const agents: NonNullable<components["schemas"]["BotConfiguration"]["agent_type"]>[] = ["rag", "react", "tool_using"];
export default request;
