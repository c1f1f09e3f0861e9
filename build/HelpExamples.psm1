# The examples of the help pages: reading them, running them, and comparing what they put out with what the pages show.

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'PostgreSqlServer.psm1')

# The folder that the pages' outputs show; examples run in one whose name is as long, so that tables are cut at the same place.
$shownFolder = '/home/ada'

<#
.SYNOPSIS
    The examples of a page, each with its commands and the output that the page shows.
.DESCRIPTION
    A block of powershell is a command, the block of Output after it is what it shows. An example whose heading ends with
    "(needs ...)" runs only where Needs is met: 'a GPU', 'two GPUs', 'no GPU' or 'a PostgreSQL server'.
#>
function Get-HelpExample([Parameter(Mandatory)] [string] $Path) {
    $text = [System.IO.File]::ReadAllText($Path)
    $section = [regex]::Match($text, '(?s)\n## EXAMPLES\n(.*?)\n## PARAMETERS\n')
    foreach ($part in [regex]::Matches($section.Groups[1].Value, '(?s)\n### (?<title>[^\n]+)\n(?<body>.*?)(?=\n### |\z)')) {
        $needs = [regex]::Match($part.Groups['title'].Value, '\(needs (.+)\)$').Groups[1].Value
        [pscustomobject] @{
            Page  = [System.IO.Path]::GetFileNameWithoutExtension($Path)
            Title = $part.Groups['title'].Value
            Needs = $needs
            Steps = @(
                foreach ($step in [regex]::Matches($part.Groups['body'].Value, '(?s)```powershell\n(?<code>.*?)\n```(\n+```Output\n(?<output>.*?)```)?')) {
                    [pscustomobject] @{
                        Code   = $step.Groups['code'].Value
                        # Null where the page shows none.
                        Output = $step.Groups['output'].Success ? $step.Groups['output'].Value.TrimEnd() : $null
                    }
                })
        }
    }
}

<#
.SYNOPSIS
    Whether this machine has what an example needs.
#>
function Test-HelpExampleNeed([Parameter(Mandatory)] [AllowEmptyString()] [string] $Need) {
    $gpus = @(Get-EgressDevice cuda* | Where-Object IsUsable).Count
    switch ($Need) {
        '' { $true }
        'no GPU' { $gpus -eq 0 }
        'a GPU' { $gpus -ge 1 }
        'two GPUs' { $gpus -ge 2 }
        # Invoke-HelpExample starts one; where none can be started, that fails if it has to be there.
        'a PostgreSQL server' { [bool] (Find-PostgreSql) -or $env:EGRESS_REQUIRE_POSTGRES -eq '1' }
        default { throw "No example can need '$Need'." }
    }
}

<#
.SYNOPSIS
    Runs examples in one pwsh process, each in a folder of its own that holds the sample pictures in 'pictures' and the samples'
    encoder in 'encoder', and gives the output of every step as the page would show it. Those that need a PostgreSQL server find one
    on localhost with a database 'search', by the variables that PostgreSQL's clients read.
#>
function Invoke-HelpExample {
    param(
        # The module to try.
        [Parameter(Mandatory)] [string] $Manifest,
        # The folder with the samples.
        [Parameter(Mandatory)] [string] $Samples,
        # What Get-HelpExample gave.
        [Parameter(Mandatory)] [object[]] $Example
    )

    $folders = foreach ($number in 1..$Example.Count) {
        do {
            $folder = '/tmp/' + [System.IO.Path]::GetRandomFileName().Substring(0, 4)
        } while (Test-Path $folder)
        $null = New-Item $folder -ItemType Directory
        Copy-Item "$Samples/pictures" "$folder/pictures" -Recurse
        Copy-Item "$Samples/models/docs-encoder" "$folder/encoder" -Recurse
        $folder
    }

    $server = $null
    try {
        $folders = @($folders)
        if ($Example.Needs -contains 'a PostgreSQL server') {
            $server = Start-PostgreSqlServer search
        }

        $plan = @{
            Manifest = $Manifest
            Examples = @(for ($i = 0; $i -lt $Example.Count; $i++) { @{ Folder = $folders[$i]; Steps = @($Example[$i].Steps.Code) } })
        }
        $plan | ConvertTo-Json -Depth 5 | Set-Content "$($folders[0])/.plan.json"
        # A process of its own shows what goes past the streams to the host too, such as the messages of -WhatIf.
        $variables = @(if ($server) { $server.Environment.GetEnumerator() | ForEach-Object { "$($_.Key)=$($_.Value)" } })
        $lines = & env @variables (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -File (Join-Path $PSScriptRoot 'Invoke-HelpExamplePlan.ps1') "$($folders[0])/.plan.json" 2>&1

        $at, $output = $null, @{}
        foreach ($line in $lines) {
            if ("$line" -match '^\u0001(?<at>(?<example>\d+) \d+)$') {
                $at, $folder = $Matches.at, $folders[[int] $Matches.example]
                $output[$at] = [System.Collections.Generic.List[string]]::new()
            }
            elseif ($at) {
                $text = "$line".Replace($folder, $shownFolder)
                $output[$at].Add(($server ? $text.Replace(":$($server.Port)", ':5432') : $text).TrimEnd())
            }
            else {
                throw "The examples did not start: $($lines -join "`n")"
            }
        }

        for ($i = 0; $i -lt $Example.Count; $i++) {
            for ($j = 0; $j -lt $Example[$i].Steps.Count; $j++) {
                [pscustomobject] @{
                    Page     = $Example[$i].Page
                    Title    = $Example[$i].Title
                    Code     = $Example[$i].Steps[$j].Code
                    Expected = $Example[$i].Steps[$j].Output
                    Actual   = ($output["$i $j"] -join "`n").Trim("`n")
                }
            }
        }
    }
    finally {
        if ($server) {
            Stop-PostgreSqlServer $server
        }

        $folders | Where-Object { $_ } | Remove-Item -Recurse -Force
    }
}

<#
.SYNOPSIS
    What of an output is the same on every machine: its words and its lines. Numbers and columns' widths are not.
#>
function Get-StableText([Parameter(Mandatory)] [AllowEmptyString()] [string] $Text) {
    $Text -split "`n" | ForEach-Object { ($_ -replace '\d+([.,]\d+)*', '#' -replace '-{2,}', '--' -replace '\s+', ' ').Trim() } | Where-Object { $_ }
}

Export-ModuleMember -Function *-*
