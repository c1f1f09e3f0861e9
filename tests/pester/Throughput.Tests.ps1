# What throughput is said to be is what it is: against formulas on the simulated device, and by order and ratio within one run on real ones.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $noGpu = Test-GpuMissing
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
}

Describe 'On the simulated device' -Tag Throughput {
    # Milliseconds of a step by each design's formula; a busy machine can only make it longer, so the best of some tries counts.
    It '<Strategy> takes <Expected> ms a step where <Case>' -ForEach @(
        foreach ($case in @(
                @{ Case = 'computing is longest'; Device = 'simulated:compute=30,copy=12,fresh=20,processing=40'; Workers = 2; Steps = @{ Baseline = 90; MultiWorker = 50; BufferPool = 42; AsyncCopy = 42; Pipelined = 30 } }
                @{ Case = 'copying is longest'; Device = 'simulated:compute=12,copy=30,fresh=40,processing=20'; Workers = 2; Steps = @{ Baseline = 72; MultiWorker = 52; BufferPool = 42; AsyncCopy = 42; Pipelined = 30 } }
                @{ Case = 'processing is longest'; Device = 'simulated:compute=10,copy=8,fresh=12,processing=60'; Workers = 2; Steps = @{ Baseline = 82; MultiWorker = 30; BufferPool = 30; AsyncCopy = 30; Pipelined = 30 } })) {
            foreach ($strategy in $case.Steps.Keys) {
                @{ Case = $case.Case; Device = $case.Device; Workers = $case.Workers; Strategy = $strategy; Expected = $case.Steps[$strategy] }
            }
        }
    ) {
        $best = 0.0
        for ($try = 1; $try -le 6 -and $best -lt 0.85 * 1000 / $Expected; $try++) {
            $result = Measure-EgressThroughput $Strategy -Device $Device -ImageSize 16 -BatchSize 4 -WorkerCount $Workers -BufferCount 6 -Steps 16 -WarmupSteps 4 -NoLimit
            $result.Verified | Should -BeTrue
            $result.StepsPerSecond | Should -BeLessThan (1.03 * 1000 / $Expected)
            $best = [System.Math]::Max($best, $result.StepsPerSecond)
        }

        $best | Should -BeGreaterThan (0.85 * 1000 / $Expected)
    }

    It 'a smaller batch that is as fast is advised, and a second run with it takes less memory' {
        # Each item takes the device as long as any other, so that a large batch gains nothing.
        $settings = @{ Device = 'simulated:compute=0,compute-item=4,copy=0,processing=0'; ImageSize = 64; BufferCount = 3; Steps = 12; WarmupSteps = 3 }
        for ($try = 1; $try -le 6; $try++) {
            $large = Measure-EgressThroughput @settings -BatchSize 4, 16 | Where-Object BatchSize -EQ 16
            if ($large.Advice -match '-BatchSize (\d+)') { break }
        }

        $large.Advice | Should -Match '-BatchSize (4): it made'
        $second = Measure-EgressThroughput @settings -BatchSize ([int] $Matches[1])
        $second.ImagesPerSecond | Should -BeGreaterThan (0.85 * $large.ImagesPerSecond)
        $second.HostMemoryBytes | Should -BeLessThan (0.5 * $large.HostMemoryBytes)
    }
}

Describe 'On the CPU, with real work' -Tag Throughput {
    BeforeAll {
        # The repetitions of all go round by round: what slows this machine for a while slows all of them.
        $work = @{ Device = 'cpu'; Model = 'pointwise'; ImageSize = 128; OutputKind = 'Logits'; Steps = 12; WarmupSteps = 3 }
        function Measure-Round([int] $Rounds, [hashtable[]] $Configurations) {
            $rates = @{}
            foreach ($round in 1..$Rounds) {
                foreach ($configuration in $Configurations) {
                    $settings = $work + @{}
                    $configuration.Keys | ForEach-Object { $settings[$_] = $configuration[$_] }
                    $result = Measure-EgressThroughput @settings -NoLimit
                    $result.Verified | Should -BeTrue
                    $key = ($configuration.Keys | Sort-Object | ForEach-Object { "$_=$($configuration[$_])" }) -join ' '
                    $rates[$key] = [System.Math]::Max(($rates[$key] ?? 0.0), $result.ImagesPerSecond)
                }
            }

            $rates
        }
    }

    It 'every strategy moves every byte, and its numbers belong together' {
        $results = Measure-EgressThroughput $strategies @work -BatchSize 2 -NoLimit
        $results.Verified | Should -Be (@($true) * 5)
        foreach ($result in $results) {
            [System.Math]::Abs($result.EgressGBPerSecond / ($result.ImagesPerSecond * 21 * 128 * 128 * 4 / 1e9) - 1) | Should -BeLessThan 1e-9
        }
    }

    It 'nothing is faster than its slowest part alone' {
        # The part is measured after the run; a machine that had more to do then may make it seem slower than the run.
        $best = (1..4 | ForEach-Object { (Measure-EgressThroughput Pipelined @work -BatchSize 2).Efficiency } | Measure-Object -Minimum).Minimum
        $best | Should -BeLessThan 1.2
        $best | Should -BeGreaterThan 0
    }

    It 'a picture of a hundred times the pixels takes longer' {
        $work.ImageSize = 48
        $small = Measure-Round 3 @(@{ BatchSize = 2 })
        $work.ImageSize = 512
        $large = Measure-Round 3 @(@{ BatchSize = 2 })
        $work.ImageSize = 128
        @($small.Values)[0] | Should -BeGreaterThan (3 * @($large.Values)[0])
    }

    It 'a larger network takes longer' {
        $work.ImageSize = 64
        $rates = Measure-Round 3 @(@{ Model = 'pointwise'; BatchSize = 1 }, @{ Model = 'deeplabv3_resnet50'; BatchSize = 1 })
        $work.ImageSize = 128
        $rates['BatchSize=1 Model=pointwise'] | Should -BeGreaterThan (3 * $rates['BatchSize=1 Model=deeplabv3_resnet50'])
    }

    It 'labels are fewer bytes a picture than scores, 84 times' {
        $both = Measure-EgressThroughput Pipelined -Device cpu -Model pointwise -ImageSize 64 -BatchSize 2 -OutputKind Logits, Labels -Steps 6 -WarmupSteps 1 -NoLimit
        $bytes = $both | ForEach-Object { $_.EgressGBPerSecond / $_.ImagesPerSecond }
        [System.Math]::Abs($bytes[0] / $bytes[1] - 84) | Should -BeLessThan 1e-6
    }
}

Describe 'On a GPU' -Tag Throughput, GPU -Skip:$noGpu {
    BeforeAll {
        $results = Measure-EgressThroughput $strategies -Device cuda -BatchSize 32 -Steps 20 -WarmupSteps 5 -WorkerCount 8 -BufferCount 4 -Repeat 2
        $by = @{}
        $results | ForEach-Object { $by[$_.Strategy] = $_ }
    }

    It 'every strategy moves every byte' {
        $results.Verified | Should -Be (@($true) * 5)
    }

    It 'every step towards Pipelined pays, and Pipelined is near the limit' {
        $by.MultiWorker.StepsPerSecond | Should -BeGreaterThan $by.Baseline.StepsPerSecond
        $by.BufferPool.StepsPerSecond | Should -BeGreaterThan $by.MultiWorker.StepsPerSecond
        $by.Pipelined.StepsPerSecond | Should -BeGreaterThan ($by.BufferPool.StepsPerSecond * 1.05)
        $by.Pipelined.Efficiency | Should -BeGreaterThan 0.9
        $by.Pipelined.Speedup | Should -BeGreaterThan 2
    }

    It 'tells the memory of the device' {
        $results.DeviceMemoryBytes | ForEach-Object { $_ | Should -BeGreaterThan 1e9 }
    }
}
