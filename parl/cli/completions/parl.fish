# Completion for parl in fish; `parl --completion fish` prints this.
# parl itself is asked what may stand at the cursor: lines of kind, value and help with tabs between.
# What stands behind the cursor fish does not tell.

function __parl_complete
    set -l before (commandline -cp | string collect)
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    # Of --out=di, di is to be completed, and --out= to be kept.
    set -l option (string match -r -- '^--[^=]*=' $current)
    set -l current (string replace -r -- '^--[^=]*=' '' $current)
    for line in (_PARL_COMPLETE=fish_complete _PARL_BEFORE="$before" _PARL_AFTER="" $words[1] 2>/dev/null)
        set -l fields (string split -m 2 \t -- $line)
        switch $fields[1]
            case plain
                printf "%s\t%s\n" "$option$fields[2]" "$fields[3]"
            case dir
                printf '%s\n' "$option"(complete -C "'' $current" | string match -r '.*/(?=\t|$)')
            case file
                printf '%s\n' "$option"(complete -C "'' $current")
            case menu
                complete -C "'' $current" | string match -r '.*(?:/|\.py|\.toml)(?=\t|$)'
            case command
                set -l at (contains -i -- -- $words)
                set -e words[1..$at]
                complete -C (string join ' ' -- (string escape -- $words) $current | string collect)
        end
    end
end

complete --command parl --no-files --keep-order --arguments '(__parl_complete)'
