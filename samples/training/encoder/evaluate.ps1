<#
.SYNOPSIS
Says how often the paragraph that is nearest to a heading is on the heading's page.

.DESCRIPTION
Embeds this documentation through the module with the samples' encoder and with one of the same shape with random parameters, and
asks each for the headings that training has not seen (questions.tsv). Puts out an object an encoder: the share of questions whose
page has the nearest paragraph, and one of the five nearest. Runs in pwsh and in EgressShell alike.

.EXAMPLE
./samples/training/encoder/evaluate.ps1
#>
[CmdletBinding()]
param(
    # The samples' encoder.
    [string] $Model = "$PSScriptRoot/../../models/docs-encoder",

    # The folder for the databases, which are made anew.
    [string] $Destination = "$PSScriptRoot/../../output/evaluation"
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../../../Egress.psd1"

$asked = @([System.IO.File]::ReadAllLines("$Model/questions.tsv") | ForEach-Object {
    $page, $heading = $_ -split "`t"
    @{ Page = $page; Heading = $heading }
})
foreach ($encoder in @{ Model = $Model }, @{ Model = 'bert_tiny'; Tokenizer = $Model }) {
    $name = $encoder.Tokenizer ? 'random' : 'trained'
    $null = & "$PSScriptRoot/../../embed-docs.ps1" @encoder -Destination "$Destination/$name.duckdb" -Question @() -Force
    $question = -1
    $first = 0
    $found = [System.Collections.Generic.HashSet[int]]::new()
    $asked.Heading | Find-EgressVector -Destination "$Destination/$name.duckdb" @encoder -Top 5 | ForEach-Object {
        if ($_.Rank -eq 1) { $question++ }
        if ($_.Id.StartsWith($asked[$question].Page + ':')) {
            if ($_.Rank -eq 1) { $first++ }
            $null = $found.Add($question)
        }
    }

    [pscustomobject] @{
        Encoder   = $name
        Questions = $asked.Count
        First     = [System.Math]::Round($first / $asked.Count, 3)
        AmongFive = [System.Math]::Round($found.Count / $asked.Count, 3)
    }
}
