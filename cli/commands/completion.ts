import type { Command } from "commander";

/** What a shell has to know of a command: what may follow it. */
interface Word {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly string[];
  /** Commands below it: `roles` has `validate`. */
  readonly below: readonly Word[];
}

/** A script for the shell, made from the program's own commands and flags. */
export function completion(program: Command, shell: "bash" | "zsh"): string {
  const words = program.commands.map((one) => wordOf(one, flagsOf(program)));
  return shell === "bash" ? bash(words) : zsh(words);
}

const wordOf = (command: Command, common: readonly string[]): Word => ({
  name: command.name(),
  about: command.description().replaceAll("'", ""),
  flags: [...new Set([...flagsOf(command), ...common, "--help"])],
  below: command.commands.map((one) => wordOf(one, common)),
});

const flagsOf = (command: Command) => command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
const namesOf = (words: readonly Word[]) => words.map(({ name }) => name).join(" ");

const bash = (words: readonly Word[]) => `_goldsmith() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "$COMP_CWORD \${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
    1\\ *) words="${namesOf(words)} --help --version" ;;
${words.map(bashCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _goldsmith goldsmith
`;

function bashCase({ name, flags, below }: Word): string {
  if (below.length === 0) return `    *\\ ${name}\\ *) words="${flags.join(" ")}" ;;`;
  return [
    `    2\\ ${name}\\ *) words="${namesOf(below)}" ;;`,
    ...below.map((one) => `    *\\ ${name}\\ ${one.name}) words="${one.flags.join(" ")}" ;;`),
  ].join("\n");
}

const zsh = (words: readonly Word[]) => `#compdef goldsmith
_goldsmith() {
  local -a commands=() flags=()
  case "$CURRENT \${words[2]} \${words[3]}" in
    2\\ *) commands=(${described(words)}) ;;
${words.map(zshCase).join("\n")}
  esac
  if (( \${#commands} )); then _describe command commands; return; fi
  if [[ "$PREFIX" == -* ]]; then compadd -- $flags; else _files; fi
}
if [ "$funcstack[1]" = "_goldsmith" ]; then _goldsmith "$@"; else compdef _goldsmith goldsmith; fi
`;

function zshCase({ name, flags, below }: Word): string {
  if (below.length === 0) return `    *\\ ${name}\\ *) flags=(${flags.join(" ")}) ;;`;
  return [
    `    3\\ ${name}\\ *) commands=(${described(below)}) ;;`,
    ...below.map((one) => `    *\\ ${name}\\ ${one.name}) flags=(${one.flags.join(" ")}) ;;`),
  ].join("\n");
}

const described = (words: readonly Word[]) =>
  words.map(({ name, about }) => `\n      '${name}:${about.replaceAll(":", "\\:")}'`).join("");
