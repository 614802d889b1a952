# Completion for parl in PowerShell 5.1 and 7; `parl --completion powershell` prints this.
# parl itself is asked what may stand at the cursor: lines of kind, value and help with tabs between.

Register-ArgumentCompleter -Native -CommandName parl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $line = $commandAst.ToString()
    $at = $cursorPosition - $commandAst.Extent.StartOffset
    $before = $line.PadRight($at).Substring(0, $at)
    $after = $line.PadRight($at).Substring($at)
    # Of --out=di, di is to be completed, and --out= to be kept.
    $option = if ($wordToComplete -match '^--[^=]*=') { $Matches[0] } else { '' }
    $word = $wordToComplete.Substring($option.Length)

    $variables = @{ _PARL_COMPLETE = 'powershell_complete'; _PARL_BEFORE = $before; _PARL_AFTER = $after }
    foreach ($name in $variables.Keys) { Set-Item "Env:$name" $variables[$name] }
    try {
        $answer = @(& $commandAst.CommandElements[0].Extent.Text 2>$null)
    } finally {
        foreach ($name in $variables.Keys) { Remove-Item "Env:$name" -ErrorAction SilentlyContinue }
    }

    foreach ($item in $answer) {
        $kind, $value, $help = $item -split "`t", 3
        switch ($kind) {
            'plain' {
                $typed = if ($value -match '^[\w./:+-]+$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
                $tip = if ($help) { $help } else { $value }
                [System.Management.Automation.CompletionResult]::new("$option$typed", $value, 'ParameterValue', $tip)
            }
            'command' {
                $rest = $line.PadRight($at) -replace '^.*?\s--\s', ''
                $inside = $rest.Length - ($line.PadRight($at).Length - $at)
                [System.Management.Automation.CommandCompletion]::CompleteInput($rest, $inside, $null).CompletionMatches
            }
            default {
                # A folder is offered for each kind of file: one may want what is in it.
                $pattern = @{ dir = '^$'; file = ''; menu = '\.(py|toml)$' }[$kind]
                [System.Management.Automation.CompletionCompleters]::CompleteFilename($word) |
                    Where-Object { $_.ResultType -eq 'ProviderContainer' -or $_.ListItemText -match $pattern } |
                    ForEach-Object {
                        [System.Management.Automation.CompletionResult]::new(
                            "$option$($_.CompletionText)", $_.ListItemText, $_.ResultType, $_.ToolTip)
                    }
            }
        }
    }
}
