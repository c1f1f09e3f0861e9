# Reports of sweeps: from Measure-EgressThroughput, and from tables and JSON that were written before.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')

    function Read-Report([string] $Path) {
        # A report is well-formed XML below its first line.
        [xml] ([System.IO.File]::ReadAllText($Path) -replace '^<!DOCTYPE html>\n')
    }

    function Get-ChartName($Report) {
        $Report.SelectNodes('//figure/@id').Value -replace '^chart-'
    }

    $folder = New-TestFolder
    $few = @{ ImageSize = 16; BatchSize = 2; Steps = 4; WarmupSteps = 1; Device = 'simulated:compute=2,copy=1,fresh=3,processing=2' }
    $results = Measure-EgressThroughput Baseline, Pipelined -WorkerCount 1, 2 @few -ReportPath "$folder/report.html" -PlotPath "$folder/plots"
}

Describe 'The report of a sweep' -Tag Report {
    It 'has the strategies, a timeline, each parameter and the memory as charts' {
        Get-ChartName (Read-Report "$folder/report.html") | Should -Be 'strategies', 'timeline', 'by-workercount', 'memory'
    }

    It 'does not change what the sweep gives' {
        $results.Count | Should -Be 4
        $results | ForEach-Object { $_.GetType().FullName | Should -Be 'Egress.Measurement.ThroughputResult' }
    }

    It 'has a table with every result' {
        $rows = (Read-Report "$folder/report.html").SelectNodes("//section[@id='results']//tbody/tr")
        $rows.Count | Should -Be 4
    }

    It 'needs nothing from elsewhere' {
        $report = Read-Report "$folder/report.html"
        $report.SelectNodes('//script | //link | //img | //iframe | //@src').Count | Should -Be 0
        $report.SelectNodes('//@href').Value | Should -Match '^#'
    }

    It 'comes with each chart as a drawing and as a picture' {
        Get-FileName "$folder/plots" | Should -Be 'by-workercount.png', 'by-workercount.svg', 'memory.png', 'memory.svg',
            'strategies.png', 'strategies.svg', 'timeline.png', 'timeline.svg'
        ([xml] [System.IO.File]::ReadAllText("$folder/plots/timeline.svg")).svg.width | Should -Be 920
        $bytes = [System.IO.File]::ReadAllBytes("$folder/plots/timeline.png")
        [System.Convert]::ToHexString($bytes[0..3]) | Should -Be '89504E47'
        $bytes[18] * 256 + $bytes[19] | Should -Be 1840
    }

    It 'has no timelines where none are wanted' {
        Measure-EgressThroughput @few -NoLimit -TimelineSteps 0 -ReportPath "$folder/short.html" | Should -Not -BeNullOrEmpty
        Get-ChartName (Read-Report "$folder/short.html") | Should -Be 'strategies'
    }
}

Describe 'A report of results that were stored' -Tag Report {
    It 'is made from <Format>' -ForEach @(
        @{ Format = 'CSV'; Store = { param($path) $results | Export-Csv $path }; Read = { param($path) Import-Csv $path } }
        @{ Format = 'JSON'; Store = { param($path) $results | ConvertTo-Json -Depth 4 | Set-Content $path }; Read = { param($path) Get-Content $path -Raw | ConvertFrom-Json } }
    ) {
        & $Store "$folder/results.$Format"
        & $Read "$folder/results.$Format" | Export-EgressReport "$folder/$Format.html"
        Get-ChartName (Read-Report "$folder/$Format.html") | Should -Be 'strategies', 'by-workercount', 'memory'
        $cells = { param($path) (Read-Report $path).SelectNodes("//section[@id='results']//tbody/tr").InnerText }
        & $cells "$folder/$Format.html" | Should -Be (& $cells "$folder/report.html")
    }

    It 'is made of what Where-Object leaves, with its timelines' {
        $results | Where-Object WorkerCount -EQ 2 | Export-EgressReport "$folder/two.html" -PlotPath "$folder/two.svg" -PassThru |
            ForEach-Object Name | Should -Be 'two.html', 'two-strategies.svg', 'two-timeline.svg', 'two-memory.svg'
    }

    It 'tells of the row that is no result, and is made of the others' {
        $problems = $null
        @($results[0]; [pscustomobject] @{ Strategy = 'Baseline'; Model = 'm'; Device = 'cpu'; BatchSize = 'many'; StepsPerSecond = 1 }) |
            Export-EgressReport "$folder/one.html" -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.FullyQualifiedErrorId | Should -Be 'ThroughputRecordInvalid,Egress.Cmdlets.Commands.ExportEgressReportCommand'
        (Read-Report "$folder/one.html").SelectNodes("//section[@id='results']//tbody/tr").Count | Should -Be 1
    }

    It 'has to go somewhere' {
        { $results | Export-EgressReport } | Should -Throw -ErrorId 'OptionInvalid,Egress.Cmdlets.Commands.ExportEgressReportCommand'
    }

    It 'is not written with -WhatIf' {
        $results | Export-EgressReport "$folder/never.html" -WhatIf
        "$folder/never.html" | Should -Not -Exist
    }
}
