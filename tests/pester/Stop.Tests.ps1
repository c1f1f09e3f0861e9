# Runs that are stopped: by the host, as the interrupt key does, and by a signal to the process. What was finished stays, nothing
# half-written does, and the session goes on.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $manifest = Get-EgressPath 'Egress.psd1'
    Import-Module $manifest

    # 4 ms a batch: stopped in the middle of work, with outputs of several batches on their way.
    $device = 'simulated:compute=4,copy=2,processing=4'
    $endless = 1000000000

    function Get-Mask([string] $Folder) {
        @([System.IO.Directory]::GetFiles($Folder, '*.png'))
    }

    # Fails the test unless the folder holds whole masks and nothing else.
    function Assert-Whole([string] $Folder) {
        $files = Get-FileName $Folder
        @($files | Where-Object { $_ -notmatch '^synthetic-\d{6}\.png$' }) | Should -BeNullOrEmpty
        foreach ($file in $files) {
            $bytes = [System.IO.File]::ReadAllBytes("$Folder/$file")
            # The chunk that ends each PNG: no length, its name, its checksum.
            [System.Convert]::ToHexString($bytes, $bytes.Length - 12, 12) | Should -Be '0000000049454E44AE426082'
        }
    }

    # Stops a session's script and waits for that.
    function Stop-Session($Session) {
        $stopping = $Session.Shell.BeginStop($null, $null)
        $stopping.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
        $Session.Shell.EndStop($stopping)
        "$($Session.Shell.InvocationStateInfo.State)" | Should -Be 'Stopped'
    }

    # Runs another script in the same runspace.
    function Invoke-Again($Session, [scriptblock] $Script, [object[]] $ArgumentList) {
        $Session.Shell.Commands.Clear()
        $null = $Session.Shell.AddScript($Script.ToString())
        $ArgumentList | ForEach-Object { $null = $Session.Shell.AddArgument($_) }
        $Session.Shell.Invoke()
    }
}

Describe 'A run that the host stops' -Tag Stop {
    It 'leaves whole files, in order and without gaps, and the session usable, with <_>' -ForEach 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined' {
        $masks = New-TestFolder
        $session = Start-Session {
            Invoke-SegmentationBatch -Synthetic $args[0] -Device $args[1] -ImageSize 64 -BatchSize 3 -WorkerCount 3 -Destination $args[2] -Strategy $args[3]
        } $endless, $device, $masks, $_
        Wait-Output $session 20
        Stop-Session $session

        $paths = @($session.Output.OutputPath)
        $paths | Should -Be (0..($paths.Count - 1) | ForEach-Object { '{0}/synthetic-{1:d6}.png' -f $masks, $_ })
        $paths | ForEach-Object { [System.IO.File]::Exists($_) } | Should -Not -Contain $false
        Assert-Whole $masks
        { Wait-EgressThread } | Should -Not -Throw

        # The same command goes on behind what is there.
        $more = Invoke-Again $session { Invoke-SegmentationBatch -Synthetic 40 -Device $args[0] -ImageSize 64 -BatchSize 3 -Destination $args[1] } $device, $masks
        $more | Should -HaveCount 40
        @($more | Where-Object Status -EQ Skipped).Count | Should -BeGreaterOrEqual 20
    }

    It 'ends while it waits for its next path' {
        $picture = New-TinyPicture "$(New-TestFolder)/a.png"
        $waiting = [System.Threading.ManualResetEventSlim]::new()
        $session = Start-Session {
            param($device, $picture, $waiting)
            & { 1..30 | ForEach-Object { $picture }; $waiting.Set(); Start-Sleep 3600 } |
                Invoke-SegmentationBatch -Device $device -ImageSize 16 -BatchSize 2 -OutputFormat None
        } $device, $picture, $waiting
        $waiting.Wait(60000) | Should -BeTrue
        Stop-Session $session
        { Wait-EgressThread } | Should -Not -Throw
    }

    It 'ends while what comes after it takes its time' {
        $session = Start-Session { Invoke-SegmentationBatch -Synthetic $args[0] -Device $args[1] -ImageSize 16 | ForEach-Object { $_; Start-Sleep 3600 } } $endless, $device
        Wait-Output $session 1
        Stop-Session $session
        { Wait-EgressThread } | Should -Not -Throw
    }

    It 'ends at the end of the batch that a device computes, not of those that wait for it' {
        # A batch is never broken off. Ten thousand of them would take four hours.
        $session = Start-Session { Invoke-SegmentationBatch -Synthetic 10000 -Device simulated:compute=1500 -ImageSize 16 -BatchSize 1 }
        Wait-Until { Get-EgressThread }
        Stop-Session $session
        { Wait-EgressThread } | Should -Not -Throw
    }

    It 'gives a pool''s buffers back' {
        $pool = New-PinnedBufferPool 3 -BatchSize 2 -ImageSize 16 -Pageable
        $session = Start-Session { Invoke-SegmentationBatch -Synthetic $args[0] -Device $args[1] -ImageSize 16 -BatchSize 2 -BufferPool $args[2] } $endless, $device, $pool
        Wait-Output $session 4
        Stop-Session $session
        $pool.Available | Should -Be 3
        Remove-PinnedBufferPool $pool
        $pool.IsRemoved | Should -BeTrue
    }

    It 'that computes ends likewise' {
        $masks = New-TestFolder
        $session = Start-Session { Invoke-SegmentationBatch -Synthetic $args[0] -Device cpu -ImageSize 32 -Destination $args[1] } $endless, $masks
        Wait-Output $session 2
        Stop-Session $session
        Assert-Whole $masks
        Invoke-Again $session { Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 32 } @() | Should -HaveCount 1
        { Wait-EgressThread } | Should -Not -Throw
    }

    It 'as a measurement leaves the session usable too' {
        $session = Start-Session { Measure-EgressThroughput -Device $args[0] -ImageSize 16 -BatchSize 2 -Steps 1000000 -NoLimit -Verbose } $device
        Wait-Until { Get-EgressThread }
        Stop-Session $session
        { Wait-EgressThread } | Should -Not -Throw
        (Invoke-Again $session { Measure-EgressThroughput -Device $args[0] -ImageSize 16 -BatchSize 2 -Steps 3 -NoLimit } $device).Steps | Should -Be 3
    }

    It 'at any moment leaves nothing behind' {
        # From before the first batch to after many; also while buffers are allocated and threads start.
        $masks = New-TestFolder
        $held = [Egress.Buffers.HostMemory]::HeldBytes
        foreach ($milliseconds in 0, 2, 5, 10, 20, 40, 80, 160) {
            $session = Start-Session { Invoke-SegmentationBatch -Synthetic $args[0] -Device $args[1] -ImageSize 32 -BatchSize 2 -Destination $args[2] -Force } $endless, $device, $masks
            Start-Sleep -Milliseconds $milliseconds
            Stop-Session $session
        }

        Assert-Whole $masks
        { Wait-EgressThread } | Should -Not -Throw
        [Egress.Buffers.HostMemory]::HeldBytes | Should -Be $held
    }
}

Describe 'A process that is interrupted' -Tag Stop {
    BeforeEach {
        $masks = New-TestFolder
        $process = $null
    }

    AfterEach {
        if ($process) {
            if (-not $process.HasExited) {
                $process.Kill($true)
            }

            $process.Dispose()
        }
    }

    It 'while it runs a script ends soon, its finally blocks run, and its files are whole' {
        $folder = New-TestFolder
        $process = Start-Pwsh -Folder $folder -ArgumentList $manifest, $endless, $device, $masks {
            param($manifest, $endless, $device, $masks)
            Import-Module $manifest
            try {
                Invoke-SegmentationBatch -Synthetic $endless -Device $device -ImageSize 64 -BatchSize 3 -WorkerCount 3 -Destination $masks
            }
            finally {
                $null = New-Item "$masks/../$(Split-Path $masks -Leaf).ended"
            }
        }
        Wait-Until { (Get-Mask $masks).Count -ge 20 }
        Send-Interrupt $process
        $process.WaitForExit(30000) | Should -BeTrue
        Assert-Whole $masks
        "$masks.ended" | Should -Exist
    }

    It 'while it waits for another command ends that one, and the session goes on' {
        $process = Start-PwshProcess '-NoLogo', '-Command', '-'
        foreach ($line in @(
                "Import-Module '$manifest'"
                "Invoke-SegmentationBatch -Synthetic $endless -Device '$device' -ImageSize 64 -BatchSize 3 -Destination '$masks' | Out-Null"
                "Invoke-SegmentationBatch -Synthetic 7 -Device cpu -ImageSize 16 | Measure-Object | ForEach-Object { 'after: ' + `$_.Count }")) {
            $process.StandardInput.WriteLine($line)
        }

        $process.StandardInput.Flush()
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        Wait-Until { (Get-Mask $masks).Count -ge 20 }
        Send-Interrupt $process
        $process.StandardInput.Close()
        $process.WaitForExit(60000) | Should -BeTrue
        $output.Result | Should -BeLike '*after: 7*'
        $errors.Result | Should -BeNullOrEmpty
        Assert-Whole $masks
    }

    It 'that is killed leaves whole masks, and the next run ends with whole ones too' {
        $process = Start-Pwsh -Folder (New-TestFolder) -ArgumentList $manifest, $endless, $device, $masks {
            param($manifest, $endless, $device, $masks)
            Import-Module $manifest
            Invoke-SegmentationBatch -Synthetic $endless -Device $device -ImageSize 64 -BatchSize 3 -WorkerCount 3 -Destination $masks
        }
        Wait-Until { (Get-Mask $masks).Count -ge 20 }
        $process.Kill()
        $process.WaitForExit()

        # Nobody could remove the files that it was writing. They have names that no run takes for a mask.
        $partial = @(Get-FileName $masks | Where-Object { $_ -notlike '*.png' })
        $partial | ForEach-Object { $_ | Should -Match '^\.egress-\d+-\d+\.partial$' }
        $partial | ForEach-Object { [System.IO.File]::Delete("$masks/$_") }
        Assert-Whole $masks
        $count = (Get-Mask $masks).Count
        $results = Invoke-SegmentationBatch -Synthetic ($count + 10) -Device (Get-InstantDevice) -ImageSize 64 -Destination $masks
        @($results | Where-Object Status -EQ Skipped).Count | Should -Be $count
        (Get-Mask $masks).Count | Should -Be ($count + 10)
    }
}
