/** The completion of words for bash, from 3.2 on, which macOS has. */

import { commands, everyCommand, flagsOf, options, optionsOf, subjects, takesPaths } from './words.ts';

export function bashCompletion(): string {
  return `# Completion of nodelift for bash. In ~/.bashrc: eval "$(nodelift completion bash)"
_nodelift() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command=run words= before= path
  COMPREPLY=()
  # To bash, the "=" of --format=json is a word of its own.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $previous == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  if ((COMP_CWORD > 1)); then
    case "\${COMP_WORDS[1]}" in
      ${commands.map(({ name }) => name).join(' | ')}) command="\${COMP_WORDS[1]}" ;;
    esac
  fi
  case "$previous" in
${valueCases()}
    *)
      case "$command:$current" in
${commandCases()}
      esac
      ;;
  esac
  while IFS= read -r path; do
    COMPREPLY+=("$path")
  done < <(compgen -P "$before" -W "$words" -- "$current")
}
complete -o filenames -o default -F _nodelift nodelift
`;
}

/** Nothing to choose from makes bash complete files. */
function valueCases(): string {
  return options
    .flatMap((option) => {
      if (!option.value) return [];
      const pattern = flagsOf(option).join(' | ');
      switch (option.value.kind) {
        case 'words':
          return [`    ${pattern}) words='${option.value.words.join(' ')}' ;;`];
        case 'list':
          return [
            `    ${pattern})`,
            `      words='${option.value.words.join(' ')}' before="\${current%"\${current##*,}"}" current="\${current##*,}"`,
            '      ;;',
          ];
        case 'files':
        case 'text':
          return [`    ${pattern}) return ;;`];
      }
    })
    .join('\n');
}

function commandCases(): string {
  const names = commands.map(({ name }) => name).join(' ');
  return everyCommand
    .flatMap((command) => {
      const flags = optionsOf(command).flatMap(flagsOf).join(' ');
      const own = subjects[command];
      const rows = [`        ${command}:-*) words='${flags}' ;;`];
      if (own) rows.push(`        ${command}:*) words='${own.join(' ')}' ;;`);
      else if (!takesPaths.includes(command)) rows.push(`        ${command}:*) words='${flags}' ;;`);
      else if (command === 'run') {
        rows.push(
          `        run:*)`,
          `          while IFS= read -r path; do`,
          `            COMPREPLY+=("$path")`,
          `          done < <(compgen -f -- "$current")`,
          `          ((COMP_CWORD == 1)) && words='${names}'`,
          `          ;;`,
        );
      }
      return rows;
    })
    .join('\n');
}
