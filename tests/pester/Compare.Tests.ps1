# Compare-EgressThroughput: before and after, from objects, tables and files, and what a scheduled job makes of it.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ ImageSize = 16; BatchSize = 1; Steps = 6; WarmupSteps = 1; Repeat = 4; NoLimit = $true }
    $id = 'ThroughputChanged,Egress.Cmdlets.Commands.CompareEgressThroughputCommand'

    # A tenth as fast: no machine's noise does that to all four repetitions.
    $before = Measure-EgressThroughput Baseline, Pipelined -Device 'simulated:compute=6,copy=2,processing=4' @quick
    $after = Measure-EgressThroughput Baseline, Pipelined -Device 'simulated:compute=90,copy=2,processing=4' @quick
    $folder = New-TestFolder
    $before | Export-Csv "$folder/before.csv"
    $after | ConvertTo-Json -Depth 4 | Set-Content "$folder/after.json"
}

Describe 'A comparison' -Tag Compare {
    It 'finds what became slower' {
        $comparisons = Compare-EgressThroughput $before $after -IgnoreProperty Device
        $comparisons.Verdict | Should -Be 'Slower', 'Slower'
        $comparisons.Strategy | Should -Be 'Baseline', 'Pipelined'
        foreach ($comparison in $comparisons) {
            $comparison.Change | Should -BeLessThan -0.3
            $comparison.ChangeHigh | Should -BeLessThan 0
            $comparison.AdjustedPValue | Should -BeLessThan 0.05
            $comparison.ReferenceRepeat | Should -Be 4
        }
    }

    It 'finds what became faster, of results from the pipeline' {
        ($before | Compare-EgressThroughput $after -IgnoreProperty Device).Verdict | Should -Be 'Faster', 'Faster'
    }

    It 'finds nothing between a set and itself' {
        (Compare-EgressThroughput $before $before).Verdict | Should -Be 'Same', 'Same'
    }

    It 'says the same of <Form>' -ForEach @(
        @{ Form = 'tables'; Get = { @(Import-Csv "$folder/before.csv"), @(Get-Content "$folder/after.json" -Raw | ConvertFrom-Json) } }
        @{ Form = 'files'; Get = { "$folder/before.csv", "$folder/after.json" } }
    ) {
        $sets = & $Get
        $direct = Compare-EgressThroughput $before $after -IgnoreProperty Device
        $read = Compare-EgressThroughput $sets[0] $sets[1] -IgnoreProperty Device
        foreach ($name in 'Verdict', 'Strategy', 'ReferenceStepsPerSecond', 'DifferenceStepsPerSecond', 'Change', 'PValue', 'ReferenceMachine') {
            $read.$name | Should -Be $direct.$name
        }
    }

    It 'names what is on one side only' {
        (Compare-EgressThroughput $before $before[0]).Verdict | Should -Be 'Same', 'Missing'
        (Compare-EgressThroughput $before[0] $before).Verdict | Should -Be 'Same', 'Added'
    }

    It 'names what failed' {
        $failed = $before[1] | Select-Object * | ForEach-Object { $_.Status = 'Failed'; $_.StepsPerSecond = $null; $_.Samples = $null; $_.Error = 'Why.'; $_ }
        $comparison = Compare-EgressThroughput $before[1] $failed
        $comparison.Verdict, $comparison.Error | Should -Be 'Failed', 'Why.'
    }

    It 'takes no objects of other kinds' {
        { Compare-EgressThroughput ([pscustomobject]@{ A = 1 }) $before } |
            Should -Throw -ErrorId 'ThroughputRecordInvalid,Egress.Cmdlets.Commands.CompareEgressThroughputCommand'
        { Compare-EgressThroughput "$folder/none.csv" $before } |
            Should -Throw -ErrorId 'PathNotFound,Egress.Cmdlets.Commands.CompareEgressThroughputCommand'
    }
}

Describe '-FailOn' -Tag Compare {
    It 'ends with an error once all comparisons are out' {
        $seen = [System.Collections.Generic.List[object]]::new()
        { Compare-EgressThroughput $before $after -IgnoreProperty Device -FailOn Slower, Failed | ForEach-Object { $seen.Add($_) } } |
            Should -Throw -ErrorId $id
        $seen | Should -HaveCount 2
    }

    It 'is quiet where nothing of the kind was found' {
        { Compare-EgressThroughput $before $before -FailOn Slower, Failed, Missing } | Should -Not -Throw
        { Compare-EgressThroughput $after $before -IgnoreProperty Device -FailOn Slower } | Should -Not -Throw
    }

    It 'is the exit code of a job: <Code> for <Set>' -ForEach @(
        @{ Set = 'after.json'; Code = 1 }
        @{ Set = 'before.csv'; Code = 0 }
    ) {
        $process = Start-PwshProcess '-NonInteractive', '-Command', @"
`$ErrorActionPreference = 'Stop'
Import-Module '$(Get-EgressPath 'Egress.psd1')'
Compare-EgressThroughput '$folder/before.csv' '$folder/$Set' -IgnoreProperty Device -FailOn Slower
'not reached where it fails' | Out-Null
"@
        $process.StandardInput.Close()
        $null = $process.StandardOutput.ReadToEndAsync()
        $null = $process.StandardError.ReadToEndAsync()
        $process.WaitForExit(120000) | Should -BeTrue
        $process.ExitCode | Should -Be $Code
    }
}
