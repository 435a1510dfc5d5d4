import type { SocketAddress } from "node:net";
import { decide } from "./decide.ts";
import { grantByName } from "./decide-egress.ts";
import { decideLookup, type LookupDecision } from "./decide-lookup.ts";
import { decideRequest } from "./decide-request.ts";
import type { ResolvableName } from "./decide-resolved.ts";
import { type Decision, type Denial, type Grant, type Outcome, outcomeOf } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { parseIp, withoutBrackets } from "./ip.ts";
import { toSocketAddress } from "./judged-address.ts";
import type { Policy, SocketUse } from "./policy.ts";
import type { Question } from "./question.ts";
import type { Rule } from "./rule.ts";

/** What the policy says to a question, before anybody asks where that is written and what would change it. */
export interface Answer {
  readonly outcome: Outcome;
  readonly rule: Rule;
  /** A sentence without a full stop. */
  readonly reason: string;
  readonly grant: Grant | undefined;
}

/** Answers as a guest would be answered, but resolves no name. */
export function answer(policy: Policy, question: Question, facts: Facts): Answer {
  if (question.use === "lookup") return answerLookup(decideLookup(policy, question.name));
  if (question.use === "http") return answerRequest(policy, question.target, facts);
  if ("name" in question) return answerNamed(policy, question, facts);
  return answerAddress(policy, question.use, question.address, facts);
}

type Named = Extract<Question, { readonly port: number }>;
type RequestTarget = Extract<Question, { readonly use: "http" }>["target"];

function answerAddress(
  policy: Policy,
  use: SocketUse,
  address: SocketAddress,
  facts: Facts,
): Answer {
  return toAnswer(use, decide(policy, use, address, facts), address.address);
}

function answerLookup(decision: LookupDecision): Answer {
  switch (decision.tag) {
    case "deny":
      return toDenied(decision);
    case "known":
      return {
        outcome: "allow",
        rule: decision.rule,
        reason: `The host answers ${decision.addresses.join(" and ")}, without a resolver`,
        grant: undefined,
      };
    case "resolve":
      return toNamed(
        decision,
        `${decision.name} may be looked up; answers in closed ranges are left out`,
      );
  }
}

function answerRequest(policy: Policy, target: RequestTarget, facts: Facts): Answer {
  const decision = decideRequest(policy, target, facts);
  switch (decision.tag) {
    case "deny":
      return toDenied(decision);
    case "known":
      return toAnswer("tcp-connect", decision.decisions[0], withoutBrackets(target.host));
    case "resolve":
      return toNamed(
        decision,
        `${decision.name} may be requested, at addresses outside of closed ranges`,
      );
  }
}

/** A guest has to look a name up before it can connect to what that resolves to. */
function answerNamed(policy: Policy, { use, name: text, port }: Named, facts: Facts): Answer {
  const lookup = decideLookup(policy, text);
  if (lookup.tag === "deny") return toDenied(lookup);
  if (lookup.tag === "known") {
    const ip = parseIp(lookup.addresses[0]);
    if (ip === undefined) throw new TypeError(`${lookup.addresses[0]} is no address`);
    return toAnswer(use, decide(policy, use, toSocketAddress(ip, port), facts), text);
  }
  const { name, counted } = lookup;
  const { allowedHosts } = policy;
  const reason = `${name} may be looked up, and be reached on port ${port} at addresses outside of closed ranges`;
  if (allowedHosts === undefined) {
    return toNamed({ tag: "resolve", name, rule: "no-allow-list", counted }, reason);
  }
  const grant = grantByName(policy, allowedHosts, name, port);
  if (grant !== undefined) {
    return toNamed({ tag: "resolve", name, rule: "allowed-name", grant, counted }, reason);
  }
  const denial: Denial = {
    tag: "deny",
    rule: "not-allowed",
    reason: `${name} may be looked up, but no entry of allowedHosts grants port ${port} of it`,
  };
  if (policy.egress === "enforce") return toDenied(denial);
  return toNamed({ tag: "resolve", name, rule: denial.rule, counted: denial }, reason);
}

/** `asked` is the address in the words of the question. */
function toAnswer(use: SocketUse, decision: Decision, asked: string): Answer {
  if (decision.tag === "deny") return toDenied(decision);
  const { rule, plane, address, counted, grant } = decision;
  const at = `${address.address} port ${address.port}`;
  const subject = address.address === asked ? at : `${asked} stands for ${at}, which`;
  const verb = use === "tcp-bind" || use === "udp-bind" ? "is bound" : "is reached";
  const where = plane === "virtual" ? "the workload's own network" : "the machine's network";
  const reason = counted?.reason ?? `${subject} ${verb} on ${where}`;
  return { outcome: outcomeOf(decision), rule, reason, grant };
}

function toNamed(decision: ResolvableName, reason: string): Answer {
  const { rule, grant, counted } = decision;
  return {
    outcome: outcomeOf(decision),
    rule: counted?.rule ?? rule,
    reason: counted?.reason ?? reason,
    grant: counted === undefined ? grant : undefined,
  };
}

function toDenied({ rule, reason }: Denial): Answer {
  return { outcome: "deny", rule, reason, grant: undefined };
}
