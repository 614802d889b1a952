#compdef parl
# Completion for parl in zsh; `parl --completion zsh` prints this.
# parl itself is asked what may stand at the cursor: lines of kind, value and help with tabs between.

_parl() {
    local line kind value text
    local -a described plain fields
    local before="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
    local answer="$(_PARL_COMPLETE=zsh_complete _PARL_BEFORE=$before _PARL_AFTER=" ${(j: :)words[CURRENT+1,-1]}" \
        ${(Q)~words[1]} 2>/dev/null)"
    compset -P '--*=' # of --out=di, di is to be completed
    for line in ${(f)answer}; do
        fields=("${(@s:	:)line}") # a tab
        kind=$fields[1] value=$fields[2] text=$fields[3]
        case $kind in
            plain)
                if [[ -n $text ]]; then described+=("${value//:/\\:}:$text"); else plain+=("$value"); fi ;;
            dir) _path_files -/ ;;
            file) _files ;;
            menu) _files -g '*.(py|toml)' ;;
            command)
                local at=${words[(i)--]}
                shift $at words
                (( CURRENT -= at ))
                _normal ;;
        esac
    done
    (( $#described )) && _describe -V 'parl' described
    (( $#plain )) && compadd -V parl -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _parl "$@"
else
    compdef _parl parl
fi
