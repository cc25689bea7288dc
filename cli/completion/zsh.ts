/** The completion of words for zsh, with what each option does. */

import type { CommandName } from '../option-table.ts';
import { commands, everyCommand, flagsOf, options, optionsOf, subjects, takesPaths } from './words.ts';

export function zshCompletion(): string {
  return `#compdef nodelift
# Completion of nodelift for zsh. In ~/.zshrc, after compinit: eval "$(nodelift completion zsh)"
_nodelift() {
  local command=run previous=\${words[CURRENT-1]}
  local -a described
  if (( CURRENT > 2 )); then
    case \${words[2]} in
      (${commands.map(({ name }) => name).join('|')}) command=\${words[2]} ;;
    esac
  fi
  compset -P '--*=' && previous=\${IPREFIX%=}
  case $previous in
${valueCases()}
  esac
  if [[ $PREFIX == -* ]]; then
    case $command in
${everyCommand.map((name) => `      (${name}) described=(${optionsOf(name).flatMap(describedFlags).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o option described
    return
  fi
  case $command in
${everyCommand.map((name) => `    (${name}) ${positionals(name)} ;;`).join('\n')}
  esac
}
if [[ $funcstack[1] == _nodelift ]]; then _nodelift "$@"; else compdef _nodelift nodelift; fi
`;
}

function valueCases(): string {
  return options
    .flatMap((option) => {
      if (!option.value) return [];
      const pattern = `    (${flagsOf(option).join('|')})`;
      switch (option.value.kind) {
        case 'words':
          return [`${pattern} compadd -- ${option.value.words.join(' ')}; return ;;`];
        case 'list':
          return [`${pattern} compset -P '*,'; compadd -- ${option.value.words.join(' ')}; return ;;`];
        case 'files':
          return [`${pattern} _files; return ;;`];
        case 'text':
          return [`${pattern} return ;;`];
      }
    })
    .join('\n');
}

function describedFlags(option: (typeof options)[number]): string[] {
  return flagsOf(option).map((flag) => quoted(`${flag}:${option.help}`));
}

function positionals(command: CommandName): string {
  const own = subjects[command];
  if (own) return `compadd -- ${own.join(' ')}`;
  if (!takesPaths.includes(command)) return '';
  const described = commands.map(({ name, help }) => quoted(`${name}:${help}`)).join(' ');
  return command === 'run' ? `(( CURRENT == 2 )) && described=(${described}) && _describe command described; _files` : '_files';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
