import type { FastifyBodyParser } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The body as it was sent, where it was JSON. */
    bodyText?: string;
  }
}

/** Reads a body of JSON; one that is empty has nothing in it. */
export const JSON_BODY: FastifyBodyParser<string> = (request, body, done) => {
  request.bodyText = body;
  if (body.trim() === "") {
    done(null, {});
    return;
  }
  try {
    done(null, JSON.parse(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    done(Object.assign(new Error(`The body is not JSON: ${reason}`), { statusCode: 400 }));
  }
};
