<#
.SYNOPSIS
Embeds this project's documentation, and finds the paragraphs that are nearest to questions.

.DESCRIPTION
Takes the paragraphs of README.md and docs, computes a vector of each with the small encoder that was trained on these pages alone,
stores them in a DuckDB database, and asks it questions: for each the nearest paragraphs, with their cosines. Runs in pwsh and in
EgressShell alike.

The encoder has read nothing but this project: it knows which words of it go together, and no English beyond that. What its vectors
can and cannot tell is in samples/models/docs-encoder/README.md, with figures.

.EXAMPLE
./samples/embed-docs.ps1

.EXAMPLE
./samples/embed-docs.ps1 -Question 'which devices share a run', 'what a mask looks like' -Top 5

.EXAMPLE
# The same with random parameters, to see what the training was worth.
./samples/embed-docs.ps1 -Model bert_tiny -Tokenizer samples/models/docs-encoder -Destination samples/output/random.duckdb

.EXAMPLE
# Pages and an encoder of one's own.
./samples/embed-docs.ps1 -Path ~/notes/*.md -Model ~/models/minilm -Destination ~/notes.duckdb -Question 'full disks'
#>
[CmdletBinding()]
param(
    # Pages in Markdown; wildcards are allowed.
    [string[]] $Path = @("$PSScriptRoot/../README.md", "$PSScriptRoot/../docs/*.md", "$PSScriptRoot/../docs/en-US/*.md"),

    # The database; it is made if it does not exist. Paragraphs that it has already are not computed again.
    [string] $Destination = "$PSScriptRoot/output/docs.duckdb",

    # The encoder's folder.
    [string] $Model = "$PSScriptRoot/models/docs-encoder",

    # The folder with its tokenizer, where that is another one.
    [string] $Tokenizer,

    # What to ask.
    [string[]] $Question = @(
        'what happens when the disk is full'
        'go on after a run was killed'
        'which memory do the buffers take'
        'use the libraries of an installed PyTorch'),

    # Paragraphs to show for each question.
    [int] $Top = 3,

    # cpu, cuda or cuda:N.
    [string] $Device = 'cpu',

    # Makes all vectors again, those of another encoder too.
    [switch] $Force
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

# The paragraphs of a page, each with its place: what is neither heading, block of code, table nor header, and has 40 characters.
# samples/training/encoder/paragraphs.py takes the same.
function Get-Paragraph([string] $File, [string] $Page) {
    $lines = [System.Collections.Generic.List[string]]::new()
    $number = $start = 0
    $isCode = $isHeader = $false
    # An empty line at the end, so that the last paragraph ends like the others.
    foreach ($line in [System.IO.File]::ReadAllLines($File) + '') {
        $number++
        $text = $line.Trim()
        if ($isHeader -or ($number -eq 1 -and $text.StartsWith('---'))) {
            $isHeader = $number -eq 1 -or -not $text.StartsWith('---')
            continue
        }

        $isFence = $text.StartsWith('```')
        # Four blanks make a block of code too.
        $isText = -not $isFence -and -not $isCode -and $text -notmatch '^$|^[#|<]|^!\[' -and -not $line.StartsWith('    ')
        $isItem = $isText -and $text.StartsWith('- ')
        if ($lines.Count -gt 0 -and ($isItem -or -not $isText)) {
            $paragraph = $lines -join ' '
            if ($paragraph.Length -ge 40) {
                [pscustomobject] @{ Id = "${Page}:$start"; Text = $paragraph }
            }

            $lines.Clear()
        }

        if ($isFence) { $isCode = -not $isCode }
        if ($isText) {
            if ($lines.Count -eq 0) { $start = $number }
            # Of a link its text, and of an item what it says.
            $lines.Add(($text -replace '^- ' -replace '\]\([^)]*\)', ']'))
        }
    }
}

$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$provider = $null
$files = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::Ordinal)
$Path | ForEach-Object { $ExecutionContext.SessionState.Path.GetResolvedProviderPathFromPSPath($_, [ref] $provider) } |
    ForEach-Object { $null = $files.Add([System.IO.Path]::GetFullPath($_)) }
$paragraphs = @($files | ForEach-Object { Get-Paragraph $_ ($_.StartsWith("$root/") ? $_.Substring($root.Length + 1) : $_) })

$encoder = @{ Model = $Model; Device = $Device }
if ($Tokenizer) { $encoder.Tokenizer = $Tokenizer }
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$new = 0
$paragraphs | Invoke-EmbeddingBatch @encoder -Normalize -StoreText -Destination $Destination -Force:$Force |
    Where-Object Status -EQ Written | ForEach-Object { $new += $_.Count }
'{0} paragraphs of {1} pages, {2} of them embedded in {3:0.0} s. They are in {4}' -f
    $paragraphs.Count, $files.Count, $new, $clock.Elapsed.TotalSeconds, [System.IO.Path]::GetFullPath($Destination)

foreach ($asked in $Question) {
    ''
    $asked
    Find-EgressVector $asked $Destination @encoder -Top $Top | ForEach-Object {
        $text = $_.Text.Length -le 90 ? $_.Text : $_.Text.Substring(0, 89) + '…'
        '  {0:0.00}  {1}' -f $_.Score, $_.Id
        "        $text"
    }
}

if (-not $PSBoundParameters.ContainsKey('Model')) {
    ''
    'The encoder was trained on these pages alone: nearness means words and phrases that stand together here, and no knowledge.'
}
