import type { Question } from "../../policy/question.ts";
import { parseQuestion as parse, QuestionError } from "../question.ts";
import { UsageError } from "./usage-error.ts";

/** Reads USE and ADDRESS as a person wrote them. Throws `UsageError` with an example. */
export function parseQuestion(use: string, address: string): Question {
  try {
    return parse(use, address);
  } catch (error) {
    throw error instanceof QuestionError ? new UsageError(error.message) : error;
  }
}
