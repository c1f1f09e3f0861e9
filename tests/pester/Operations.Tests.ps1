# What operators see of a run: its summary, its log, its exit code, its share of the work.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    $job = Get-EgressPath 'samples/operations/segment-job.ps1'
}

Describe 'The summary of a run' -Tag Operations {
    It 'is in the variable that was named, and on the information stream' {
        $images = Invoke-SegmentationBatch -Synthetic 5 @quick -SummaryVariable summary -InformationVariable information
        $images | Should -HaveCount 5
        $summary | Should -BeOfType ([Egress.Operations.RunSummary])
        $summary.Outcome, $summary.Processed, $summary.ExitCode | Should -Be 'Succeeded', 5, ([Egress.EgressExitCode]::Success)
        $summary.IsHealthy | Should -BeTrue
        ($information | Where-Object Tags -Contains 'EgressRunSummary').MessageData | Should -Be $summary
    }

    It 'is the last run''s where the same variable is named again' {
        1, 2 | ForEach-Object { $null = Invoke-SegmentationBatch -Synthetic $_ @quick -SummaryVariable summary }
        $summary.Processed | Should -Be 2
    }

    It 'is there after an error that ends the command' {
        # Not through Should -Throw: that runs its block in a scope of its own, where the variable would be.
        try { Invoke-SegmentationBatch -Synthetic 5 @quick -ShardIndex 2 -ShardCount 2 -SummaryVariable summary } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -Be 'ShardInvalid,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $summary.FaultId, $summary.ExitCode | Should -Be 'ShardInvalid', 64
    }

    It 'is refused a variable <Case>, before anything is done' -ForEach @(
        @{ Case = 'that cannot be set'; Name = 'PID' }
        @{ Case = 'with its dollar sign'; Name = '$summary' }
    ) {
        $masks = Join-Path (New-TestFolder) masks
        { Invoke-SegmentationBatch -Synthetic 1 @quick -Model nosuch -Destination $masks -SummaryVariable $Name } |
            Should -Throw -ErrorId 'OptionInvalid,*' -ExpectedMessage "*'$Name'*"
        $masks | Should -Not -Exist
    }
}

Describe 'The log of a run' -Tag Operations {
    It 'has one JSON object a line' {
        $log = Join-Path (New-TestFolder) 'run.log'
        $null = Invoke-SegmentationBatch -Synthetic 3 @quick -LogPath $log
        $events = Get-Content $log | ConvertFrom-Json
        $events.event | Should -Be 'run.started', 'run.ready', 'image.processed', 'image.processed', 'image.processed', 'run.ended'
        $events.run | Select-Object -Unique | Should -HaveCount 1
        $events[-1].exitCode | Should -Be 0
    }
}

Describe 'Shards' -Tag Operations {
    It 'are all pictures together, each once' {
        $names = 0..3 | ForEach-Object { (Invoke-SegmentationBatch -Synthetic 40 @quick -ShardIndex $_ -ShardCount 4).Path }
        $names | Sort-Object | Should -Be (0..39 | ForEach-Object { 'synthetic-{0:D6}' -f $_ })
    }
}

Describe 'The job for schedulers' -Tag Operations {
    It 'ends with <Code> where <Case>' -ForEach @(
        @{ Case = 'all is well'; Code = 0; Arguments = '-Synthetic', '3' }
        @{ Case = 'a picture is bad'; Code = 65; Arguments = '-Path', 'bad.png' }
        @{ Case = 'the device does not exist'; Code = 64; Arguments = '-Synthetic', '3', '-Device', 'nonsense' }
        @{ Case = 'a shard is not one'; Code = 64; Arguments = '-Synthetic', '3', '-ShardIndex', '3', '-ShardCount', '3' }
        @{ Case = 'any other parameter is given'; Code = 0; Arguments = '-Synthetic', '3', '-Force', '-OutputKind', 'Confidence', '-ClassCount', '4' }
        @{ Case = 'there is no such parameter'; Code = 64; Arguments = '-Synthetic', '3', '-Colour', 'red' }
        @{ Case = 'the command line is wrong'; Code = 64; Arguments = '-Synthetic', '3', '-ImageSize', '1' }
    ) {
        $folder = New-TestFolder
        Set-Content "$folder/bad.png" 'no picture'
        $arguments = $Arguments | ForEach-Object { $_ -eq 'bad.png' ? "$folder/bad.png" : $_ }
        if ('-Device' -notin $arguments) { $arguments += '-Device', (Get-InstantDevice) }
        if ('-ImageSize' -notin $arguments) { $arguments += '-ImageSize', '16' }
        & "$PSHOME/pwsh" -NoProfile -NonInteractive -File $job @arguments -Destination "$folder/masks" *> $null
        $LASTEXITCODE | Should -Be $Code
    }
}

Describe 'The exit code of pwsh' -Tag Operations {
    BeforeAll {
        $manifest = Get-EgressPath 'Egress.psd1'
        $device = 'simulated:compute=20,copy=0,processing=0'

        # The script of docs/OPERATIONS.md around a run, or the bare run.
        function New-Script([string] $Run, [switch] $Bare, [switch] $Strict) {
            $script = "$(New-TestFolder)/job.ps1"
            $lines = if ($Bare) { "$Run | Out-Null" } else {
                "try { $Run -SummaryVariable summary | Out-Null }"
                'catch { $_ | Out-Default }'
                'finally { if ($summary) { $Host.SetShouldExit($summary.ExitCode) } }'
            }

            Set-Content $script @("`$ErrorActionPreference = '$($Strict ? 'Stop' : 'Continue')'"; "Import-Module '$manifest'"; $lines; "'after'")
            $script
        }

        function Get-Argument([string] $Mode, [string] $Script) {
            '-NonInteractive'
            if ($Mode -eq 'File') { '-File', $Script } else { '-Command', "& '$Script'" }
        }

        function Wait-Exit($Process) {
            try {
                $Process.StandardInput.Close()
                $null = $Process.StandardOutput.ReadToEndAsync(), $Process.StandardError.ReadToEndAsync()
                $Process.WaitForExit(120000) | Should -BeTrue
                $Process.ExitCode
            }
            finally {
                if (-not $Process.HasExited) { $Process.Kill($true) }
                $Process.Dispose()
            }
        }
    }

    It 'with -<Mode> is <Code> where <Case>' -ForEach @(
        $failing = 'Invoke-SegmentationBatch -Synthetic 2 -Device simulated -ShardIndex 2 -ShardCount 2'
        foreach ($mode in 'File', 'Command') {
            @{ Mode = $mode; Case = 'a picture is bad'; Code = 65; Kind = @{}; Run = "Invoke-SegmentationBatch 'BAD' -Device simulated -OutputFormat None" }
            @{ Mode = $mode; Case = 'the run fails'; Code = 64; Kind = @{}; Run = $failing }
            @{ Mode = $mode; Case = 'nobody passes on that the run failed'; Code = 0; Kind = @{ Bare = $true }; Run = $failing }
            @{ Mode = $mode; Case = 'the run fails and errors end the script'; Code = 1; Kind = @{ Bare = $true; Strict = $true }; Run = $failing }
        }
    ) {
        $bad = "$(New-TestFolder)/bad.png"
        Set-Content $bad 'no picture'
        Wait-Exit (Start-PwshProcess (Get-Argument $Mode (New-Script $Run.Replace('BAD', $bad) @Kind))) | Should -Be $Code
    }

    It 'with -<Mode> is <Code> after SIG<Signal>, and the next run goes on' -ForEach @(
        foreach ($mode in 'File', 'Command') {
            @{ Mode = $mode; Signal = 'INT'; Code = 130 }
            @{ Mode = $mode; Signal = 'TERM'; Code = 143 }
        }
    ) {
        $masks = New-TestFolder
        $settings = @{ Model = 'pointwise'; Seed = 1; ImageSize = 16; Destination = $masks }
        $run = "Invoke-SegmentationBatch -Synthetic 1000000 -Device '$device' -Model pointwise -Seed 1 -ImageSize 16 -BatchSize 1 -Destination '$masks' -Resume"
        $process = Start-PwshProcess (Get-Argument $Mode (New-Script $run))
        Wait-Until { [System.IO.Directory]::GetFiles($masks, '*.png').Count -ge 3 }
        kill "-$Signal" $process.Id
        Wait-Exit $process | Should -Be $Code
        Test-EgressOutput $masks -Quiet | Should -BeTrue
        $next = Invoke-SegmentationBatch -Synthetic 5 -Device (Get-InstantDevice) @settings -Resume
        @($next | Where-Object Status -EQ Skipped).Count | Should -BeGreaterOrEqual 2
    }

    It 'of the job for schedulers is 130 after SIGINT' {
        $masks = New-TestFolder
        $process = Start-PwshProcess '-NonInteractive', '-File', $job, '-Synthetic', '1000000', '-Device', $device, '-ImageSize', '16', '-BatchSize', '1', '-Destination', $masks
        Wait-Until { [System.IO.Directory]::GetFiles($masks, '*.png').Count -ge 3 }
        Send-Interrupt $process
        Wait-Exit $process | Should -Be 130
    }
}
