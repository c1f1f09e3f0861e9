# Measure-EgressThroughput as a sweep tool: its lists, records of the pipeline, tables, and what its numbers say.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $few = @{ ImageSize = 16; Steps = 4; WarmupSteps = 1; NoLimit = $true }
    $quick = @{ Device = Get-InstantDevice } + $few
    $strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
}

Describe 'The strategies on the simulated device' -Tag Measure {
    BeforeAll {
        # Durations in ms, so far apart that no machine mixes them up. A step of Baseline is compute + fresh + processing = 64,
        # of MultiWorker compute + fresh = 40, of BufferPool and AsyncCopy compute + copy = 24, of Pipelined compute = 16.
        $device = 'simulated:compute=16,copy=8,fresh=24,processing=24'
        $results = Measure-EgressThroughput $strategies[4..0] -Device $device -ImageSize 16 -BatchSize 2 -WorkerCount 4 -BufferCount 6 -WarmupSteps 4 -Steps 15
        $by = @{}
        $results | ForEach-Object { $by[$_.Strategy] = $_ }
    }

    It 'are measured in the order given, but Baseline first' {
        $results.Strategy | Should -Be 'Baseline', 'Pipelined', 'AsyncCopy', 'BufferPool', 'MultiWorker'
    }

    It 'are faster one after the other: <Faster> is faster than <Slower>' -ForEach @(
        @{ Slower = 'Baseline'; Faster = 'MultiWorker' }
        @{ Slower = 'MultiWorker'; Faster = 'BufferPool' }
        @{ Slower = 'MultiWorker'; Faster = 'AsyncCopy' }
        @{ Slower = 'BufferPool'; Faster = 'Pipelined' }
        @{ Slower = 'AsyncCopy'; Faster = 'Pipelined' }
    ) {
        $by[$Faster].StepsPerSecond | Should -BeGreaterThan $by[$Slower].StepsPerSecond
    }

    It 'are never faster than what they wait for' {
        foreach ($bound in @{ Baseline = 64; MultiWorker = 40; BufferPool = 24; AsyncCopy = 24; Pipelined = 16 }.GetEnumerator()) {
            $by[$bound.Key].StepsPerSecond | Should -BeLessThan (1.02 * 1000 / $bound.Value)
        }
    }

    It 'have the numbers of one and the same measurement' {
        foreach ($result in $results) {
            $near = { param($value, $expected) [System.Math]::Abs($value / $expected - 1) | Should -BeLessThan 1e-9 }
            & $near $result.ImagesPerSecond (2 * $result.StepsPerSecond)
            & $near $result.EgressGBPerSecond ($result.StepsPerSecond * 2 * 21 * 16 * 16 * 4 / 1e9)
            & $near $result.Speedup ($result.StepsPerSecond / $by.Baseline.StepsPerSecond)
            & $near $result.Efficiency ($result.StepsPerSecond / $result.LimitStepsPerSecond)
            & $near $result.LimitStepsPerSecond $result.Limits.StepsPerSecond
            $result.P99Milliseconds | Should -Not -BeLessThan $result.StepMilliseconds
            $result.Steps | Should -Be 15
        }
    }

    It 'had every byte compared' {
        $results.Verified | Should -Be (@($true) * 5)
    }

    It 'are limited by compute, where compute is longest' {
        "$($by.Pipelined.LimitedBy)" | Should -Be 'Compute'
        $by.Pipelined.Limits.Compute | Should -BeLessThan $by.Pipelined.Limits.CopyOut
    }

    It 'use buffers where they have a pool' {
        foreach ($name in 'BufferPool', 'AsyncCopy', 'Pipelined') {
            $by[$name].BufferCount | Should -Be 6
        }

        $by.Baseline.BufferCount | Should -Be 0
        $by.MultiWorker.BufferCount | Should -Be 0
    }
}

Describe 'A sweep' -Tag Measure {
    It 'is the product of its lists' {
        $results = Measure-EgressThroughput Pipelined, Baseline @quick -BatchSize 1, 2 -WorkerCount 1, 3 -OutputKind Labels, Logits -Precision Float32, Float16
        $results | Should -HaveCount 32
        $results | ForEach-Object { '{0}/{1}/{2}/{3}/{4}' -f $_.Precision, $_.OutputKind, $_.BatchSize, $_.WorkerCount, $_.Strategy } | Should -Be @(
            foreach ($precision in 'Float32', 'Float16') {
                foreach ($kind in 'Labels', 'Logits') {
                    foreach ($batch in 1, 2) {
                        foreach ($workers in 1, 3) {
                            "$precision/$kind/$batch/$workers/Baseline"
                            "$precision/$kind/$batch/$workers/Pipelined"
                        }
                    }
                }
            })
    }

    It 'brings each result as it is measured' {
        $seen = [System.Collections.Generic.List[string]]::new()
        Measure-EgressThroughput $strategies @quick -BatchSize 1 -Verbose 4>&1 |
            ForEach-Object { $seen.Add($_ -is [System.Management.Automation.VerboseRecord] ? 'begins' : 'result') }
        $seen | Should -Be (@('begins', 'result') * 5)
    }

    It 'ends where Select-Object has enough' {
        # The second configuration would take ten minutes a step.
        $one = Measure-EgressThroughput @few -Device (Get-InstantDevice), 'simulated:compute=600000' -BatchSize 1 | Select-Object -First 1
        $one.Device | Should -BeLike 'simulated:compute=0,*'
        { Wait-EgressThread } | Should -Not -Throw
    }

    It 'goes on after a configuration that cannot run, with an error that names it' {
        $results = Measure-EgressThroughput @few -Device cuda:63, (Get-InstantDevice), nonsense -BatchSize 2 -ErrorVariable errors -ErrorAction SilentlyContinue
        $results.Status | Should -Be 'Failed', 'Measured', 'Failed'
        $results.ErrorId | Should -Be 'DeviceNotFound', $null, 'DeviceSpecInvalid'
        $results[0].Error | Should -Not -BeNullOrEmpty
        $results[0].Advice | Should -Be $errors[0].ErrorDetails.RecommendedAction
        $results[0].StepsPerSecond, $results[0].Samples, $results[0].LimitedBy | Where-Object { $null -ne $_ } | Should -BeNullOrEmpty
        $results[0].Repeat | Should -Be 0
        $errors.FullyQualifiedErrorId | Should -Be @(
            'DeviceNotFound,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
            'DeviceSpecInvalid,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand')
        $errors[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $errors[0].TargetObject | Should -BeLike 'Pipelined, deeplabv3_resnet50, Float32, Logits on cuda:63, batches of 2, *'
        $errors[0].Exception.Message | Should -BeLike "$($errors[0].TargetObject): *"
        $errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'goes on after a strategy that is none, named in a list or in a row' {
        $listed = Measure-EgressThroughput Fastest, Baseline @quick -BatchSize 1 -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows = "Strategy`nPipelined`nFastest`nBaseline" | ConvertFrom-Csv |
            Measure-EgressThroughput @quick -BatchSize 1 -ErrorVariable +errors -ErrorAction SilentlyContinue
        ($listed | Where-Object Status -EQ Measured).Strategy | Should -Be 'Baseline'
        # What shares a model is measured together.
        $rows.Strategy | Should -Be 'Pipelined', 'Baseline', 'Fastest'
        $rows.Status | Should -Be 'Measured', 'Measured', 'Failed'
        $errors.FullyQualifiedErrorId | Should -Be (@('OptionInvalid,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand') * 2)
        $errors.TargetObject | Should -BeLike 'Fastest, *'
    }

    It 'ends at such a configuration with -ErrorAction Stop' {
        $results = [System.Collections.Generic.List[object]]::new()
        { Measure-EgressThroughput @few -Device (Get-InstantDevice), cuda:63, simulated -BatchSize 2 -ErrorAction Stop | ForEach-Object { $results.Add($_) } } |
            Should -Throw -ErrorId 'DeviceNotFound,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
        $results.Status | Should -Be 'Measured', 'Failed'
    }

    It 'says nothing of limits with -NoLimit, nor of a speed-up without Baseline' {
        $result = Measure-EgressThroughput @quick -BatchSize 1
        $result.Limits, $result.LimitStepsPerSecond, $result.Efficiency, $result.Speedup | Where-Object { $null -ne $_ } | Should -BeNullOrEmpty
    }

    It 'repeats what it is told to and gives one result' {
        $result = Measure-EgressThroughput @quick -BatchSize 1 -Repeat 5
        $result | Should -HaveCount 1
        $result.Repeat | Should -Be 5
    }

    It 'takes pictures instead of synthetic ones' {
        $folder = New-TestFolder
        'a', 'b', 'c[1]' | ForEach-Object { $null = New-TinyPicture "$folder/$_.png" }
        (Measure-EgressThroughput @quick -BatchSize 2 -Path "$folder/*.png").Verified | Should -BeTrue
        { Measure-EgressThroughput @quick -BatchSize 2 -Path "$folder/*.jpg" } |
            Should -Throw -ErrorId 'PathNotFound,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
    }

    It 'with weights on no drive is an error of the configuration' {
        Measure-EgressThroughput @quick -BatchSize 1 -Weights NoSuchDrive:/w -ErrorVariable errors -ErrorAction SilentlyContinue | ForEach-Object Status | Should -Be 'Failed'
        $errors.FullyQualifiedErrorId | Should -Be 'PathNotFound,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
    }

    It 'measures real work' {
        $results = Measure-EgressThroughput Baseline, Pipelined -Device cpu -ImageSize 32 -BatchSize 1 -Steps 3 -WarmupSteps 1 -CooldownSteps 0
        $results.Verified | Should -Be $true, $true
        $results[1].LimitedBy | Should -Not -Be 'None'
    }
}

Describe 'A table of configurations' -Tag Measure {
    BeforeAll {
        $settings = 'Strategy', 'Model', 'Device', 'Precision', 'OutputKind', 'BatchSize', 'ImageSize', 'ClassCount', 'WorkerCount', 'BufferCount', 'LoaderCount'
        $file = "$(New-TestFolder)/sweep.csv"
        $results = Measure-EgressThroughput Baseline, Pipelined -Device 'simulated:compute=0.5,copy=0.25,fresh=1,processing=0.5' -ImageSize 16 -ClassCount 5 `
            -BatchSize 1, 3 -WorkerCount 2 -LoaderCount 2 -OutputKind Labels, Probabilities -Steps 4 -WarmupSteps 1
        $results | Export-Csv $file
    }

    It 'holds all that a result says' {
        $rows = Import-Csv $file
        $rows | Should -HaveCount 8
        foreach ($name in 'StepsPerSecond', 'ImagesPerSecond', 'EgressGBPerSecond', 'StepMilliseconds', 'P99Milliseconds', 'Speedup', 'LimitStepsPerSecond', 'Efficiency') {
            # Export-Csv writes numbers as the session's culture does, and to the last digit.
            [double[]] @($rows.$name | ForEach-Object { [double]::Parse($_, [cultureinfo]::CurrentCulture) }) | Should -Be ([double[]] $results.$name)
        }

        foreach ($name in $settings + 'Steps', 'Repeat', 'HostMemoryBytes', 'LimitedBy', 'Verified') {
            @($rows.$name) | Should -Be @($results.$name | ForEach-Object { "$_" })
        }
    }

    It 'repeats the sweep when it is read again' {
        $again = Import-Csv $file | Measure-EgressThroughput -Steps 4 -WarmupSteps 1 -NoLimit
        $again | Should -HaveCount 8
        foreach ($name in $settings) {
            @($again.$name) | Should -Be @($results.$name)
        }

        $again.Speedup | ForEach-Object { $_ | Should -BeGreaterThan 0 }
    }

    It 'repeats the sweep of an encoder, among others, too' {
        $mixed = "$(New-TestFolder)/mixed.csv"
        $few = @{ Device = Get-InstantDevice; BatchSize = 2; Steps = 2; WarmupSteps = 0; NoLimit = $true }
        $first = @(
            Measure-EgressThroughput Baseline, Pipelined -Workload Embedding -Pooling None, Mean -SequenceLength 8 -Model bert_tiny @few
            Measure-EgressThroughput -ImageSize 16 @few)
        $first | Export-Csv $mixed
        foreach ($source in (Import-Csv $mixed), ($first | ConvertTo-Json -Depth 4 | ConvertFrom-Json)) {
            $again = $source | Measure-EgressThroughput -Steps 2 -WarmupSteps 0 -NoLimit
            foreach ($name in $settings + 'Workload', 'SequenceLength', 'Status') {
                @($again.$name) | Should -Be @($first.$name)
            }
        }
    }

    It 'may leave out most of the settings' {
        $rows = "Strategy,BatchSize`nBaseline,2`nPipelined,3" | ConvertFrom-Csv
        $again = $rows | Measure-EgressThroughput @quick
        $again.Strategy | Should -Be 'Baseline', 'Pipelined'
        $again.BatchSize | Should -Be 2, 3
    }

    It 'and lists mix' {
        $again = "BatchSize`n1`n2" | ConvertFrom-Csv | Measure-EgressThroughput Baseline, Pipelined @quick -WorkerCount 1, 2
        $again | ForEach-Object { '{0}/{1}/{2}' -f $_.BatchSize, $_.WorkerCount, $_.Strategy } |
            Should -Be '1/1/Baseline', '1/1/Pipelined', '1/2/Baseline', '1/2/Pipelined', '2/1/Baseline', '2/1/Pipelined', '2/2/Baseline', '2/2/Pipelined'
    }

    It 'with a value that is none is an error of its row' {
        $again = "BatchSize`n1`nmany`n2" | ConvertFrom-Csv | Measure-EgressThroughput @quick -ErrorVariable errors -ErrorAction SilentlyContinue
        $again.BatchSize | Should -Be 1, 2
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -Be 'OptionInvalid,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
        $errors[0].TargetObject.BatchSize | Should -Be 'many'
    }

    It 'with a value that is none beside others that are is an error of its row' {
        $again = "Strategy,BatchSize`nBaseline,4;8`nBaseline,2" | ConvertFrom-Csv |
            Measure-EgressThroughput @quick -ErrorVariable errors -ErrorAction SilentlyContinue
        $again.BatchSize | Should -Be 2
        $errors.FullyQualifiedErrorId | Should -Be 'OptionInvalid,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
    }

    It 'repeats the sweep where decimals have commas too' {
        $german = "$(New-TestFolder)/sweep.csv"
        $facts = Invoke-Pwsh -Environment @{ LC_ALL = 'de_DE.UTF-8' } -ArgumentList (Get-EgressPath 'Egress.psd1'), $german {
            param($manifest, $file)
            Import-Module $manifest
            Measure-EgressThroughput Baseline -Device 'simulated:compute=0.5,copy=0.25' -ImageSize 16 -BatchSize 2 -Steps 4 -WarmupSteps 1 | Export-Csv $file
            @{ Culture = (Get-Culture).Name; Again = Import-Csv $file | Measure-EgressThroughput -Steps 4 -WarmupSteps 1 -NoLimit }
        }
        $facts.Culture | Should -Be 'de-DE'
        $row = Import-Csv $german
        $row.Device | Should -Be 'simulated:compute=0.5,copy=0.25,in=0,processing=10'
        $facts.Again.Device | Should -Be $row.Device
    }

    It 'as JSON says the same' {
        $back = $results | ConvertTo-Json -Depth 4 -EnumsAsStrings | ConvertFrom-Json
        foreach ($name in $settings + 'StepsPerSecond', 'Speedup', 'Verified') {
            @($back.$name) | Should -Be @($results.$name)
        }

        $back[0].Limits.Compute | Should -Be $results[0].Limits.Compute
    }
}

Describe 'Results of measurements' -Tag Measure {
    It 'sort, group and filter as any objects' {
        $results = Measure-EgressThroughput Baseline, Pipelined @quick -BatchSize 1, 2
        ($results | Sort-Object StepsPerSecond -Descending | Select-Object -First 1).StepsPerSecond |
            Should -Be ($results.StepsPerSecond | Measure-Object -Maximum).Maximum
        ($results | Group-Object Strategy).Name | Should -Be 'Baseline', 'Pipelined'
        ($results | Where-Object BatchSize -EQ 2).Strategy | Should -Be 'Baseline', 'Pipelined'
    }

    It 'have the properties that scripts know' {
        $names = (Measure-EgressThroughput @quick -BatchSize 1).PSObject.Properties.Name
        foreach ($name in @(
                'Strategy', 'Model', 'Device', 'Precision', 'OutputKind', 'BatchSize', 'ImageSize', 'ClassCount', 'WorkerCount', 'BufferCount', 'LoaderCount', 'Repeat'
                'Steps', 'StepsPerSecond', 'ImagesPerSecond', 'EgressGBPerSecond', 'StepMilliseconds', 'P99Milliseconds', 'Speedup', 'LimitStepsPerSecond', 'LimitedBy'
                'Efficiency', 'Limits', 'HostMemoryBytes', 'Verified')) {
            $names | Should -Contain $name
        }
    }
}

Describe 'Repetitions' -Tag Measure {
    It 'give the median, all of them and an interval around it' {
        $result = Measure-EgressThroughput @quick -BatchSize 1 -Repeat 5
        $result.Samples | Should -HaveCount 5
        ($result.Samples | Sort-Object)[2] | Should -Be $result.StepsPerSecond
        $result.ConfidenceLow | Should -BeLessOrEqual $result.StepsPerSecond
        $result.ConfidenceHigh | Should -BeGreaterOrEqual $result.StepsPerSecond
        $result.Noise | Should -BeGreaterOrEqual 0
        $result.IsStable | Should -BeNullOrEmpty
    }

    It 'end with -UntilStable once the interval is narrow, and say so' {
        $result = Measure-EgressThroughput -Device 'simulated:compute=20,copy=1,processing=1' -ImageSize 16 -BatchSize 1 -Steps 10 -WarmupSteps 2 -NoLimit -UntilStable -Tolerance 0.2
        $result.IsStable | Should -BeTrue
        $result.IsNoisy | Should -BeFalse
        $result.Repeat | Should -BeGreaterOrEqual 3
        ($result.ConfidenceHigh - $result.ConfidenceLow) / 2 / $result.StepsPerSecond | Should -BeLessOrEqual 0.2
    }

    It 'end with -UntilStable at the cap, and say that as well' {
        # No two runs of a device that takes no time are within a hundredth of a percent of each other.
        $result = Measure-EgressThroughput @quick -BatchSize 1 -UntilStable -Tolerance 0.0001 -MaximumRepeat 4
        $result.IsStable, $result.IsNoisy, $result.Repeat | Should -Be $false, $true, 4
    }

    It 'have percentiles of all their steps in order' {
        $result = Measure-EgressThroughput -Device 'simulated:compute=2,copy=1,processing=1' -ImageSize 16 -BatchSize 1 -Steps 30 -WarmupSteps 2 -NoLimit -Repeat 2
        $percentiles = $result.StepMilliseconds, $result.P90Milliseconds, $result.P95Milliseconds, $result.P99Milliseconds
        $percentiles | Should -Be ($percentiles | Sort-Object)
        $percentiles[0] | Should -BeGreaterThan 0
    }
}

Describe 'A sweep with -Resume' -Tag Measure {
    BeforeEach {
        $file = "$(New-TestFolder)/sweep.csv"
    }

    It 'measures nothing twice and gives all results' {
        $first = Measure-EgressThroughput Baseline @quick -BatchSize 1, 2 -Resume $file
        $all = Measure-EgressThroughput Baseline, Pipelined @quick -BatchSize 1, 2 -Resume $file -Verbose 4>&1
        $began = $all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] -and $_.Message -like 'Measuring*' }
        $results = $all | Where-Object { $_ -is [Egress.Measurement.ThroughputResult] }
        $began | Should -HaveCount 2
        $results | Should -HaveCount 4
        ($results | Where-Object Strategy -EQ Baseline).StepsPerSecond | Should -Be $first.StepsPerSecond
        ($results | Where-Object Strategy -EQ Pipelined).Speedup | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        Import-Csv $file | Should -HaveCount 4
    }

    It 'goes on where a process was killed' {
        $process = Start-Pwsh -Folder (New-TestFolder) -ArgumentList (Get-EgressPath 'Egress.psd1'), $file {
            param($manifest, $file)
            Import-Module $manifest
            Measure-EgressThroughput -Device 'simulated:compute=5,copy=1,processing=1' -ImageSize 16 -BatchSize (1..40) -Steps 20 -WarmupSteps 1 -NoLimit -Resume $file
        }
        Wait-Until { [System.IO.File]::Exists($file) -and [System.IO.File]::ReadAllLines($file).Count -gt 3 } -Because 'three configurations were measured'
        $process.Kill($true)
        $process.WaitForExit()
        $before = @(Import-Csv $file)
        $results = Measure-EgressThroughput -Device 'simulated:compute=5,copy=1,processing=1' -ImageSize 16 -BatchSize (1..40) -Steps 20 -WarmupSteps 1 -NoLimit -Resume $file
        $results | Should -HaveCount 40
        $before.Count | Should -BeLessThan 40
        for ($i = 0; $i -lt $before.Count; $i++) {
            $results[$i].MeasuredAt | Should -Be ([System.DateTimeOffset] $before[$i].MeasuredAt)
        }

        @(Import-Csv $file).BatchSize | Sort-Object { [int] $_ } -Unique | Should -HaveCount 40
    }

    It 'tries again what failed' {
        $failing = @{ ImageSize = 16; BatchSize = 4; Steps = 4; WarmupSteps = 0; NoLimit = $true; Device = 'simulated:compute=0,memory=100,memory-item=30' }
        $failed = Measure-EgressThroughput @failing -Resume $file -ErrorAction SilentlyContinue
        $failed.ErrorId | Should -Be 'DeviceMemoryExhausted'
        $failed.Advice | Should -BeLike '*-BatchSize of 3*'
        $failing.BatchSize = 3, 4
        (Measure-EgressThroughput @failing -Resume $file -ErrorAction SilentlyContinue).Status | Should -Be 'Measured', 'Failed'
    }

    It 'leaves a file of something else alone' {
        'my notes' | Set-Content $file
        { Measure-EgressThroughput @quick -BatchSize 1 -Resume $file } |
            Should -Throw -ErrorId 'SweepFileInvalid,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand'
        Get-Content $file | Should -Be 'my notes'
    }
}

Describe 'Advice' -Tag Measure {
    # The sentence is followed, and the second run has to be faster by a third of what it promises at least.
    It '<Name> helps' -ForEach @(
        @{ Name = '-Strategy'; Device = 'simulated:compute=16,copy=8,fresh=20,processing=12'; Arguments = @{ Strategy = 'Baseline' }; Factor = 1.5 }
        @{ Name = '-WorkerCount'; Device = 'simulated:compute=8,copy=2,processing=32'; Arguments = @{ WorkerCount = 1 }; Factor = 1.5 }
        @{ Name = '-LoaderCount'; Device = 'simulated:compute=8,copy=2,processing=2,load=8'; Arguments = @{ LoaderCount = 1 }; Factor = 1.5 }
        @{ Name = '-BufferCount'; Device = 'simulated:compute=10,copy=9,processing=32'; Arguments = @{ WorkerCount = 4; BufferCount = 1 }; Factor = 1.3 }
    ) {
        $common = @{ Device = $Device; ImageSize = 16; BatchSize = 4; Steps = 24; WarmupSteps = 6 }
        $settings = @{ Strategy = 'Pipelined'; WorkerCount = 4; BufferCount = 6; LoaderCount = 4 } + @{}
        $Arguments.Keys | ForEach-Object { $settings[$_] = $Arguments[$_] }

        # A machine that is busy for a moment slows both the run and what it is held against: then there is nothing to advise.
        $first = foreach ($try in 1..3) {
            $result = Measure-EgressThroughput @common @settings
            if ($result.Advice -match "^Use $Name " -or $try -eq 3) { $result; break }
        }
        $first.Advice | Should -Match "^Use $Name (\w+)"
        $null = $first.Advice -match "^Use -(\w+) (\w+)"
        $settings[$Matches[1]] = $Matches[2]
        $second = Measure-EgressThroughput @common @settings -NoLimit
        $second.StepsPerSecond | Should -BeGreaterThan ($Factor * $first.StepsPerSecond)
    }

    It 'for fewer buffers costs nothing and saves memory' {
        $common = @{ Device = 'simulated:compute=60,copy=2,processing=2'; ImageSize = 512; BatchSize = 2; Steps = 10; WarmupSteps = 4; WorkerCount = 2; LoaderCount = 2; CacheInput = $true }
        $first = Measure-EgressThroughput @common -BufferCount 8
        $first.Advice | Should -Match '^Use -BufferCount (\d+): no more'
        $null = $first.Advice -match '^Use -BufferCount (\d+)'
        $second = Measure-EgressThroughput @common -BufferCount $Matches[1] -NoLimit
        $second.HostMemoryBytes | Should -BeLessThan $first.HostMemoryBytes
        $second.StepsPerSecond | Should -BeGreaterThan (0.7 * $first.StepsPerSecond)
    }

    It 'for a smaller batch rests on one that was measured' {
        # The device takes as long a picture whatever the batch.
        $device = 'simulated:compute=0,compute-item=6,copy=0,copy-item=1,processing=0,processing-item=1,memory-item=10'
        $results = Measure-EgressThroughput -Device $device -ImageSize 16 -BatchSize 2, 8 -WorkerCount 4 -BufferCount 4 -Steps 16 -WarmupSteps 4
        $results[0].Advice | Should -Not -Match 'BatchSize'
        if ([System.Math]::Abs($results[0].ImagesPerSecond / $results[1].ImagesPerSecond - 1) -lt 0.02) {
            $results[1].Advice | Should -BeLike 'Use -BatchSize 2: *'
        }
    }

    It 'is nothing where the limit is reached' {
        (Measure-EgressThroughput -Device 'simulated:compute=20,copy=2,processing=2' -ImageSize 16 -BatchSize 2 -BufferCount 4 -Steps 20 -WarmupSteps 4).Advice | Should -BeNullOrEmpty
    }
}

Describe 'What configurations share' -Tag Measure {
    It 'are the limits of parts that both have' {
        $results = Measure-EgressThroughput Baseline, Pipelined -Device 'simulated:compute=2,copy=1,processing=2' -ImageSize 16 -BatchSize 2 -WorkerCount 1, 2 -Steps 6 -WarmupSteps 1
        $results.LimitCompute | Select-Object -Unique | Should -HaveCount 1
        $results.LimitCopyOut | Select-Object -Unique | Should -HaveCount 1
        $results.LimitProcessing | Select-Object -Unique | Should -HaveCount 2
    }

    It 'goes back at the end' {
        $before = [Egress.Buffers.HostMemory]::HeldBlocks
        $null = Measure-EgressThroughput Baseline, Pipelined @quick -BatchSize 1, 2, 4
        [Egress.Buffers.HostMemory]::HeldBlocks | Should -Be $before
    }

    It 'are decoded pictures with -CacheInput' {
        $folder = New-TestFolder
        $picture = New-TinyPicture "$folder/a.png"
        $sweep = Measure-EgressThroughput @quick -BatchSize 1, 2 -Path $picture -CacheInput
        $sweep.Verified | Should -Be $true, $true
        $sweep.Status | Should -Be 'Measured', 'Measured'
    }

    It 'is a model, however rows of a table mix' {
        $rows = "Device,BatchSize`nsimulated:compute=0,1`nsimulated:compute=1,1`nsimulated:compute=0,2`nsimulated:compute=1,2" -replace '(simulated:compute=\d),', '"$1,copy=0,processing=0",'
        $results = $rows | ConvertFrom-Csv | Measure-EgressThroughput @few
        $results | ForEach-Object { $_.Device.Substring(18, 1) + '/' + $_.BatchSize } | Should -Be '0/1', '0/2', '1/1', '1/2'
    }
}

Describe 'The progress of a sweep' -Tag Measure {
    It 'is over all configurations' {
        $session = Invoke-Session { Measure-EgressThroughput -Device simulated -ImageSize 16 -BatchSize 1, 2, 3 -Steps 20 -WarmupSteps 0 -NoLimit } @()
        $records = @($session.Shell.Streams.Progress | Where-Object Activity -EQ 'Measuring 3 configurations')
        $records[0].StatusDescription | Should -BeLike '0 of 3 done; Pipelined, *, batches of 1, *'
        $records.PercentComplete | Should -Contain 66
        $records[-1].RecordType | Should -Be 'Completed'
    }
}
