# What a destination and its journal promise: -Resume does what is missing, other settings and second runs are refused, and
# Test-EgressOutput finds what is not as it was committed.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $job = @{ Device = Get-InstantDevice; ImageSize = 16; Model = 'pointwise'; Seed = 1 }
    $command = 'Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'

    # A destination with six committed outputs.
    function New-Destination {
        $masks = New-TestFolder
        $null = Invoke-SegmentationBatch -Synthetic 6 @job -Destination $masks
        $masks
    }

    # Changes one byte and not the size, which only the checksum sees.
    function Edit-Byte([string] $Path) {
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        $bytes[-1] = $bytes[-1] -bxor 1
        [System.IO.File]::WriteAllBytes($Path, $bytes)
    }
}

Describe 'A destination that is there already' -Tag Resume {
    It 'keeps what is sound and gets what is missing, damaged or not recorded, with -Resume' {
        $masks = New-Destination
        $before = (Get-ChildItem $masks -File | Get-FileHash).Hash
        Remove-Item "$masks/synthetic-000001.png"
        Set-Content "$masks/synthetic-000002.png" 'short'
        $kept = (Get-Item "$masks/synthetic-000003.png").LastWriteTimeUtc

        $results = Invoke-SegmentationBatch -Synthetic 8 @job -Destination $masks -Resume
        $results | Should -HaveCount 8
        ($results | Where-Object Status -EQ Written).Path | Should -Be 'synthetic-000001', 'synthetic-000002', 'synthetic-000006', 'synthetic-000007'
        (Get-Item "$masks/synthetic-000003.png").LastWriteTimeUtc | Should -Be $kept
        (Get-ChildItem $masks -File | Select-Object -First 6 | Get-FileHash).Hash | Should -Be $before
        Test-EgressOutput $masks -Quiet | Should -BeTrue
    }

    It 'is left as it is by the same command again' {
        $masks = New-Destination
        Invoke-SegmentationBatch -Synthetic 6 @job -Destination $masks -Resume -SummaryVariable summary | Should -HaveCount 6
        $summary.Written, $summary.Skipped, $summary.ExitCode | Should -Be 0, 6, 0
    }

    It 'refuses another <Name>, and names it' -ForEach @(
        @{ Name = 'seed'; Other = @{ Seed = 2 } }
        @{ Name = 'size'; Other = @{ ImageSize = 32 } }
        @{ Name = 'number of classes'; Other = @{ ClassCount = 5 } }
    ) {
        $masks = New-Destination
        $settings = $job + @{}
        $Other.Keys | ForEach-Object { $settings[$_] = $Other[$_] }
        $before = (Get-ChildItem $masks -File | Get-FileHash).Hash
        foreach ($resume in $true, $false) {
            $caught = { Invoke-SegmentationBatch -Synthetic 7 @settings -Destination $masks -Resume:$resume } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -Be "DestinationSettingsDiffer,$command"
            $caught.ErrorDetails.RecommendedAction | Should -Match '-Force|-Destination'
        }

        (Get-ChildItem $masks -File | Get-FileHash).Hash | Should -Be $before
    }

    It 'takes other settings with -Force' {
        $masks = New-Destination
        $settings = $job + @{}
        $settings.Seed = 2
        $results = Invoke-SegmentationBatch -Synthetic 6 @settings -Destination $masks -Force
        @($results | Where-Object Status -EQ Written) | Should -HaveCount 6
        Test-EgressOutput $masks -Quiet | Should -BeTrue
    }

    It 'refuses a second run, with the process of the first' {
        $masks = New-TestFolder
        $slow = 'simulated:compute=50,copy=0,processing=0'
        $session = Start-Session {
            Invoke-SegmentationBatch -Synthetic 1000000 -Device $args[0] -Model pointwise -Seed 1 -ImageSize 16 -BatchSize 1 -Destination $args[1]
        } $slow, $masks
        try {
            Wait-Output $session 1
            $caught = { Invoke-SegmentationBatch -Synthetic 2 @job -Destination $masks -Resume } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -Be "DestinationInUse,$command"
            $caught.Exception.Message | Should -Match "\b$PID\b"
        }
        finally {
            $session.Shell.Stop()
        }

        # Once the first has ended, its outputs count.
        @(Invoke-SegmentationBatch -Synthetic 2 @job -Destination $masks -Resume) | Should -HaveCount 2
    }
}

Describe 'Test-EgressOutput' -Tag Resume {
    It 'says that a destination is sound' {
        $masks = New-Destination
        $found = Test-EgressOutput $masks
        $found | Should -BeOfType ([Egress.Output.OutputVerification])
        $found.IsSound, $found.Files, $found.IsContentRead | Should -Be $true, 6, $true
        $found.Bytes | Should -Be (Get-ChildItem $masks -File | Measure-Object Length -Sum).Sum
        $found.Problems | Should -BeNullOrEmpty
        Test-EgressOutput $masks -Quiet | Should -BeTrue
    }

    It 'names what is missing, damaged and foreign' {
        $masks = New-Destination
        Remove-Item "$masks/synthetic-000000.png"
        Set-Content "$masks/synthetic-000001.png" 'short'
        Edit-Byte "$masks/synthetic-000002.png"
        Set-Content "$masks/notes.txt" 'somebody else''s'

        $found = Test-EgressOutput $masks
        $found.IsSound, $found.Missing, $found.Damaged, $found.Unreadable, $found.Unrecorded | Should -Be $false, 1, 2, 0, 1
        $found.Problems.Path | Should -Be "$masks/notes.txt", "$masks/synthetic-000000.png", "$masks/synthetic-000001.png", "$masks/synthetic-000002.png"
        $found.Problems.Finding | Should -Be 'Unrecorded', 'Missing', 'Damaged', 'Damaged'
        $found.Problems[2].Detail | Should -Match '\d bytes instead of \d'
        $found.Problems[3].Detail | Should -Match 'CRC-32C'
        Test-EgressOutput $masks -Quiet | Should -BeFalse
    }

    It 'does not see changed content with -SkipContent, but another size and what is missing' {
        $masks = New-Destination
        Edit-Byte "$masks/synthetic-000002.png"
        $found = Test-EgressOutput $masks -SkipContent
        $found.IsSound, $found.IsContentRead | Should -Be $true, $false
        Test-EgressOutput $masks -SkipContent -Quiet | Should -BeTrue
        Test-EgressOutput $masks -Quiet | Should -BeFalse

        Set-Content "$masks/synthetic-000002.png" 'short'
        Remove-Item "$masks/synthetic-000003.png"
        $found = Test-EgressOutput $masks -SkipContent
        $found.Damaged, $found.Missing | Should -Be 1, 1
    }

    It 'takes files that nobody recorded for sound' {
        $masks = New-Destination
        Set-Content "$masks/notes.txt" 'somebody else''s'
        Test-EgressOutput $masks -Quiet | Should -BeTrue
    }

    It 'counts a damaged line of the journal' {
        $masks = New-Destination
        $lines = Get-Content "$masks/.egress/journal.jsonl"
        $at = [array]::FindIndex([string[]] $lines, [Predicate[string]] { $args[0].Contains('"commit"') })
        $lines[$at] = $lines[$at].Replace('synthetic', 'cynthetic')
        Set-Content "$masks/.egress/journal.jsonl" $lines
        $found = Test-EgressOutput $masks
        $found.DamagedJournalLines, $found.IsSound | Should -Be 1, $false
    }

    It 'changes nothing' {
        $masks = New-Destination
        Edit-Byte "$masks/synthetic-000002.png"
        $before = Get-ChildItem $masks -Recurse -File -Force | Get-FileHash | ForEach-Object { "$($_.Path) $($_.Hash)" }
        $null = Test-EgressOutput $masks
        Get-ChildItem $masks -Recurse -File -Force | Get-FileHash | ForEach-Object { "$($_.Path) $($_.Hash)" } | Should -Be $before
    }

    It 'goes on behind a folder without a journal' {
        $masks = New-Destination
        $found = (New-TestFolder), $masks | Test-EgressOutput -ErrorAction SilentlyContinue -ErrorVariable errors
        $found.Destination | Should -Be $masks
        $errors.FullyQualifiedErrorId | Should -Be 'JournalMissing,Egress.Cmdlets.Commands.TestEgressOutputCommand'
    }
}
