import type { Command } from "commander";

/** What a shell has to know of a program to complete it. */
interface Words {
  readonly commands: readonly { readonly name: string; readonly flags: readonly string[]; readonly about: string }[];
}

/** A script for the shell, made from the program's own commands and flags. */
export function completion(program: Command, shell: "bash" | "zsh"): string {
  const words = wordsOf(program);
  return shell === "bash" ? bash(words) : zsh(words);
}

function wordsOf(program: Command): Words {
  const common = flagsOf(program);
  return {
    commands: program.commands.map((one) => ({
      name: one.name(),
      flags: [...new Set([...flagsOf(one), ...common, "--help"])],
      about: one.description().replaceAll("'", ""),
    })),
  };
}

const flagsOf = (command: Command) => command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));

const bash = ({ commands }: Words) => `_goldsmith() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(" ")} --help --version"; else
    case "\${COMP_WORDS[1]}" in
${commands.map(({ name, flags }) => `      ${name}) words="${flags.join(" ")}" ;;`).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _goldsmith goldsmith
`;

const zsh = ({ commands }: Words) => `#compdef goldsmith
_goldsmith() {
  local -a commands=(
${commands.map(({ name, about }) => `    '${name}:${about.replaceAll(":", "\\:")}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local -a flags=()
  case "\${words[2]}" in
${commands.map(({ name, flags }) => `    ${name}) flags=(${flags.join(" ")}) ;;`).join("\n")}
  esac
  if [[ "$PREFIX" == -* ]]; then compadd -- $flags; else _files; fi
}
if [ "$funcstack[1]" = "_goldsmith" ]; then _goldsmith "$@"; else compdef _goldsmith goldsmith; fi
`;
