<#
.SYNOPSIS
    Measures how much of what an encoder computes is padding, by how many batches are sorted by length together.
.DESCRIPTION
    The sequences are the paragraphs of this documentation, cut by the sample's tokenizer; a simulated device computes, as lengths are all that is
    asked. Window 1 is the order of arrival.
.EXAMPLE
    ./bench/padding.ps1
#>
[CmdletBinding()]
param(
    [string] $Module = "$PSScriptRoot/../Egress.psd1",
    [int[]] $Window = @(1, 4, 32),
    [int] $BatchSize = 32,
    [int] $MaxLength = 256
)

$ErrorActionPreference = 'Stop'
Import-Module $Module
$texts = foreach ($file in Get-ChildItem "$PSScriptRoot/../docs" -Recurse -Filter *.md) {
    (Get-Content -Raw $file.FullName) -split '\n\s*\n' | ForEach-Object { ($_ -replace '\s+', ' ').Trim() } | Where-Object Length -GT 20
}

foreach ($batches in $Window) {
    $results = $texts | Invoke-EmbeddingBatch -Model "$PSScriptRoot/../samples/models/docs-encoder" -Device 'simulated:compute=0,copy=0,processing=0' `
        -BatchSize $BatchSize -MaxLength $MaxLength -Window $batches
    $tokens = ($results | Measure-Object TokenCount -Sum).Sum
    $computed = ($results | ForEach-Object { $_.TokenCount / (1 - $_.PaddingShare) } | Measure-Object -Sum).Sum
    [pscustomobject] @{ Window = $batches; Sequences = ($results | Measure-Object Count -Sum).Sum; Tokens = $tokens; PaddingShare = [System.Math]::Round(1 - ($tokens / $computed), 4) }
}
