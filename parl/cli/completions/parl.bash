# Completion for parl in bash; `parl --completion bash` prints this.
# parl itself is asked what may stand at the cursor: lines of kind, value and help with tabs between.

_parl() {
    local cur=${COMP_WORDS[COMP_CWORD]} kind value help
    [[ $cur == = ]] && cur=
    COMPREPLY=()
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            plain) _parl_add "$value" ;;
            dir) _parl_files -d ;;
            file) _parl_files -f ;;
            menu) _parl_files -d && _parl_files -f -X '!*.py' && _parl_files -f -X '!*.toml' ;;
            command) _parl_command ;;
        esac
    done < <(_PARL_COMPLETE=bash_complete _PARL_BEFORE=${COMP_LINE:0:COMP_POINT} _PARL_AFTER=${COMP_LINE:COMP_POINT} \
        "${1/#\~/$HOME}" 2>/dev/null)
}

# A value as one has to type it: quoted where nobody has begun to, and without what stands before the
# last colon, which bash takes for a word of its own.
_parl_add() {
    local value=$1 whole=${COMP_LINE:0:COMP_POINT}
    whole=${whole##*[[:space:]]}
    if [[ $whole == *:* && $COMP_WORDBREAKS == *:* ]]; then
        value=${value#"${whole%"${whole##*:}"}"}
    fi
    [[ $cur == [\'\"]* ]] || _parl_is_old || value=$(printf %q "$value")
    COMPREPLY+=("$value")
}

# Names of files, as `compgen` is told by the arguments.
_parl_files() {
    local name
    _parl_is_old || compopt -o filenames
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen "$@" -- "$cur")
}

# What follows `--` is another command's, and completed as that.
_parl_command() {
    local at=1
    while [[ ${COMP_WORDS[at]} != -- ]]; do at=$((at + 1)); done
    at=$((at + 1))
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$at"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$at"
    elif ((at == COMP_CWORD)) && [[ $cur != */* ]]; then
        _parl_files -c
    else
        _parl_files -f
    fi
}

# bash 3.2, as on macOS: it takes every word for a file's name, and quotes it itself.
_parl_is_old() {
    ! type -t compopt >/dev/null
}

# The order is parl's own; bash before 4.4 has no nosort.
if _parl_is_old; then
    complete -o filenames -F _parl parl
else
    complete -o nosort -F _parl parl 2>/dev/null || complete -F _parl parl
fi
