#Requires -Version 7.4
<#
.SYNOPSIS
    Brings the help pages' syntax and parameters to what the built cmdlets have.
.DESCRIPTION
    Rewrites the section SYNTAX and the blocks under the parameters; texts, defaults and examples stay as they are. A parameter
    that is new gets the summary of its documentation for a text and its initial value for a default: read both. A cmdlet
    without a page gets one with places to fill in, which the build refuses until they are filled.
.EXAMPLE
    ./build/Update-HelpPage.ps1
    ./build/Update-HelpExample.ps1
#>
[CmdletBinding()]
param(
    # The cmdlets whose pages to update; wildcards are allowed.
    [Parameter(Position = 0)]
    [SupportsWildcards()]
    [string] $Name = '*'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
Import-Module (Join-Path $root 'Egress.psd1')
$summaries = [xml] [System.IO.File]::ReadAllText((Join-Path $root 'module/bin/EgressCmdlets.xml'))
$common = [System.Management.Automation.PSCmdlet]::CommonParameters
$known = @{ WhatIf = 'Shows what would be done, without doing it.'; Confirm = 'Asks before each step.' }

function Get-Summary([System.Management.Automation.CommandInfo] $Command, [string] $Parameter) {
    if ($known.ContainsKey($Parameter)) { return $known[$Parameter] }
    # What several commands share is documented where it is declared.
    $declaring = $Command.ImplementingType.GetProperty($Parameter).DeclaringType.FullName
    $member = $summaries.SelectSingleNode("//member[@name='P:$declaring.$Parameter']/summary")
    ($member.InnerText -replace '\s+', ' ').Trim()
}

function Get-InitialValue([System.Management.Automation.CommandInfo] $Command, $Parameter) {
    if ($Parameter.ParameterType -eq [switch]) { return 'False' }
    $value = @($Command.ImplementingType::new().($Parameter.Name)) -join ', '
    $isMandatory = $Parameter.ParameterSets.Values.IsMandatory -contains $true
    $isMandatory ? '' : $value
}

function Format-Syntax([System.Management.Automation.CommandInfo] $Command) {
    foreach ($set in $Command.ParameterSets) {
        $line = $Command.Name
        $lines = foreach ($part in [regex]::Split(($set.ToString() -replace ' \[<CommonParameters>\]'), ' (?=\[?\[?-)')) {
            if (($line + " $part").Length -gt 100) {
                $line
                $line = " $part"
            }
            else {
                $line += " $part"
            }
        }
        "### $($set.Name)$($set.IsDefault -and $set.Name -ne '__AllParameterSets' ? ' (Default)' : '')`n`n" +
            '```' + "`n" + ((@($lines) + $line) -join "`n") + "`n" + '```' + "`n"
    }
}

function Format-Parameter([System.Management.Automation.CommandInfo] $Command, $Parameter, [string] $Default) {
    $type = $Parameter.ParameterType.IsArray ? $Parameter.ParameterType.GetElementType() : $Parameter.ParameterType
    $type = [System.Nullable]::GetUnderlyingType($type) ?? $type
    $validateSet = $Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
    $values = @(if ($validateSet) { $validateSet.ValidValues } elseif ($type.IsEnum) { [enum]::GetNames($type) })
    $wildcards = [bool] ($Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] })
    $list = { param($name, $items) if ($items) { "${name}:`n" + (($items | ForEach-Object { "- $_" }) -join "`n") } else { "${name}: []" } }

    '```yaml'
    "Type: $($Parameter.ParameterType.ToString())"
    "DefaultValue: '$($Default -replace "'", "''")'"
    "SupportsWildcards: $($wildcards.ToString().ToLowerInvariant())"
    & $list 'Aliases' $Parameter.Aliases
    'ParameterSets:'
    foreach ($set in $Parameter.ParameterSets.GetEnumerator() | Sort-Object { $Command.ParameterSets.Name.IndexOf($_.Key) }) {
        "- Name: $($set.Key -eq '__AllParameterSets' ? '(All)' : $set.Key)"
        "  Position: $($set.Value.Position -ge 0 ? $set.Value.Position : 'Named')"
        "  IsRequired: $("$($set.Value.IsMandatory)".ToLowerInvariant())"
        "  ValueFromPipeline: $("$($set.Value.ValueFromPipeline)".ToLowerInvariant())"
        "  ValueFromPipelineByPropertyName: $("$($set.Value.ValueFromPipelineByPropertyName)".ToLowerInvariant())"
        "  ValueFromRemainingArguments: $("$($set.Value.ValueFromRemainingArguments)".ToLowerInvariant())"
    }
    'DontShow: false'
    & $list 'AcceptedValues' $values
    "HelpMessage: ''"
    '```'
}

# A page for a cmdlet that has none.
function New-Page([System.Management.Automation.CommandInfo] $Command) {
    $outputs = @($Command.OutputType ? $Command.OutputType.Name : 'None')
    $header = "---`ndocument type: cmdlet`nexternal help file: EgressCmdlets.dll-Help.xml`nHelpUri: ''`nLocale: en-US`nModule Name: Egress`n" +
        "PlatyPS schema version: 2024-05-01`ntitle: $($Command.Name)`n---`n`n# $($Command.Name)`n`n"
    $example = 1..3 | ForEach-Object { "### Example ${_}: {{ title }}`n`n" + '```powershell' + "`n{{ commands }}`n" + '```' + "`n`n" + '```Output' + "`n" + '```' + "`n`n{{ what it shows }}`n`n" }
    $header + "## SYNOPSIS`n`n{{ one sentence }}`n`n## SYNTAX`n`n## ALIASES`n`nThis cmdlet has no aliases.`n`n## DESCRIPTION`n`n{{ description }}`n`n" +
        "## EXAMPLES`n`n$($example -join '')## PARAMETERS`n`n### CommonParameters`n`nThis cmdlet supports the common parameters: -Debug, -ErrorAction, -ErrorVariable,`n" +
        "-InformationAction, -InformationVariable, -OutBuffer, -OutVariable, -PipelineVariable,`n-ProgressAction, -Verbose, -WarningAction, and -WarningVariable. For more information, see`n" +
        "[about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216).`n`n## INPUTS`n`n### None`n`n{{ inputs }}`n`n## OUTPUTS`n`n" +
        (($outputs | ForEach-Object { "### $_`n`n{{ what it is }}`n`n" }) -join '') + "## NOTES`n`n{{ notes }}`n`n## RELATED LINKS`n`n- [about_Egress](about_Egress.md)`n"
}

foreach ($command in Get-Command -Module Egress -Name $Name) {
    $path = Join-Path $root "docs/en-US/$($command.Name).md"
    $page = (Test-Path $path) ? [System.IO.File]::ReadAllText($path) : (New-Page $command)
    $parts = [regex]::Match($page, '(?s)\A(?<start>.*?\n## SYNTAX\n\n).*?(?<middle>## ALIASES\n.*?\n## PARAMETERS\n\n)(?<parameters>.*?)(?<end>### CommonParameters\n.*)\z')
    if (-not $parts.Success) {
        throw "$path lacks one of its sections."
    }

    $texts = @{}
    foreach ($match in [regex]::Matches($parts.Groups['parameters'].Value, "(?s)### -(?<name>\w+)\n\n(?<text>.*?)\n\n``````yaml\n.*?DefaultValue: '(?<default>(?:[^']|'')*)'")) {
        $texts[$match.Groups['name'].Value] = @{ Text = $match.Groups['text'].Value; Default = $match.Groups['default'].Value.Replace("''", "'") }
    }

    $parameters = foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn $common | Sort-Object Name) {
        $text = $texts[$parameter.Name] ?? @{ Text = Get-Summary $command $parameter.Name; Default = Get-InitialValue $command $parameter }
        "### -$($parameter.Name)`n`n$($text.Text)`n`n$((Format-Parameter $command $parameter $text.Default) -join "`n")`n`n"
    }

    $syntax = (Format-Syntax $command) -join "`n"
    [System.IO.File]::WriteAllText(
        $path,
        $parts.Groups['start'].Value + $syntax + "`n" + $parts.Groups['middle'].Value + ($parameters -join '') + $parts.Groups['end'].Value)
}
