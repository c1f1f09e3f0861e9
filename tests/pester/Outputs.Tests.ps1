# What Invoke-SegmentationBatch computes and writes: kinds and formats of outputs, their names, and the same bytes by every way.

BeforeDiscovery {
    $strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    $onCpu = @{ Device = 'cpu'; ImageSize = 32 }
    $cat = Get-EgressPath 'samples/pictures/cat.png' # 451 × 300
    $pictures = Get-ChildItem (Get-EgressPath 'samples/pictures') -File | Where-Object Extension -In '.jpg', '.png'

    # A network whose scores are its last bias, whatever the picture.
    $scores = 0..20 | ForEach-Object { [float] ($_ - 10) / 4 }
    $scores[7] = 6
    $weights = "$(New-TestFolder)/constant.safetensors"
    Write-SafetensorsFile $weights (Get-DeepLabParameter) -Values @{ 'classifier.4.bias' = $scores }

    function Get-Hash([string] $Folder) {
        @(Get-ChildItem $Folder | Get-FileHash).Hash
    }
}

Describe 'Labels' -Tag Output {
    It 'as PNG have the picture''s size and the VOC palette' {
        $masks = New-TestFolder
        $result = Invoke-SegmentationBatch $cat @onCpu -Weights $weights -Destination $masks
        $result.OutputPath | Should -Be "$masks/cat.png"
        $result.OutputBytes | Should -Be (Get-Item "$masks/cat.png").Length
        $header = Read-PngHeader "$masks/cat.png"
        $header.Width, $header.Height, $header.BitDepth, $header.ColorType | Should -Be 451, 300, 8, 3

        # The palette follows the header. Bits of the class number make the colour: 7 is grey, 15 is pink, 20 dark blue.
        $bytes = [System.IO.File]::ReadAllBytes("$masks/cat.png")
        [System.Text.Encoding]::ASCII.GetString($bytes, 37, 4) | Should -Be 'PLTE'
        foreach ($colour in @{ Class = 0; Rgb = 0, 0, 0 }, @{ Class = 1; Rgb = 128, 0, 0 }, @{ Class = 7; Rgb = 128, 128, 128 },
            @{ Class = 15; Rgb = 192, 128, 128 }, @{ Class = 20; Rgb = 0, 64, 128 }) {
            $at = 41 + 3 * $colour.Class
            [int[]] $bytes[$at..($at + 2)] | Should -Be $colour.Rgb
        }
    }

    It 'are the class of the highest score, at every pixel' {
        $masks = New-TestFolder
        $result = Invoke-SegmentationBatch $cat @onCpu -Weights $weights -Destination $masks -OutputFormat Raw
        $bytes = [System.IO.File]::ReadAllBytes($result.OutputPath)
        $bytes.Length | Should -Be (451 * 300)
        $bytes | Select-Object -Unique | Should -Be 7
    }

    It 'as NumPy have rows and columns of the picture' {
        $file = Read-Npy (Invoke-SegmentationBatch $cat @onCpu -Weights $weights -Destination (New-TestFolder) -OutputFormat Npy).OutputPath
        $file.Type, $file.FortranOrder | Should -Be '|u1', 'False'
        $file.Shape | Should -Be 300, 451
        $file.DataBytes | Should -Be (451 * 300)
        $file.DataOffset % 64 | Should -Be 0
    }

    It 'of more than 256 classes have 16 bits' {
        $masks = New-TestFolder
        $null = Invoke-SegmentationBatch $cat @quick -ClassCount 300 -Destination $masks
        $header = Read-PngHeader "$masks/cat.png"
        $header.Width, $header.Height, $header.BitDepth, $header.ColorType | Should -Be 451, 300, 16, 0
    }
}

Describe 'Logits' -Tag Output {
    It 'are the network''s scores, a plane a class' {
        $file = Read-Npy (Invoke-SegmentationBatch $cat @onCpu -Weights $weights -OutputKind Logits -Destination (New-TestFolder)).OutputPath
        $file.Type, $file.FortranOrder | Should -Be '<f4', 'False'
        $file.Shape | Should -Be 21, 32, 32
        foreach ($class in 0, 7, 20) {
            $file.Elements[($class * 1024)..($class * 1024 + 1023)] | Select-Object -Unique | Should -Be $scores[$class]
        }
    }

    It 'as raw bytes are the same without the header' {
        $npy = (Invoke-SegmentationBatch $cat @onCpu -Seed 3 -OutputKind Logits -Destination (New-TestFolder)).OutputPath
        $raw = (Invoke-SegmentationBatch $cat @onCpu -Seed 3 -OutputKind Logits -OutputFormat Raw -Destination (New-TestFolder)).OutputPath
        $raw | Should -BeLike '*/cat.raw'
        $whole = [System.IO.File]::ReadAllBytes($npy)
        $data = [System.IO.File]::ReadAllBytes($raw)
        $data.Length | Should -Be (21 * 32 * 32 * 4)
        [System.Convert]::ToHexString($data) | Should -BeExactly ([System.Convert]::ToHexString($whole, $whole.Length - $data.Length, $data.Length))
    }

    It 'follow the precision: <Precision> is <Type> in <Bytes> bytes' -ForEach @(
        @{ Precision = 'Float32'; Type = '<f4'; Bytes = 4 }
        @{ Precision = 'Float16'; Type = '<f2'; Bytes = 2 }
    ) {
        $file = Read-Npy (Invoke-SegmentationBatch $cat @quick -Precision $Precision -OutputKind Logits -Destination (New-TestFolder)).OutputPath
        $file.Type | Should -Be $Type
        $file.DataBytes | Should -Be (21 * 16 * 16 * $Bytes)
    }
}

Describe 'Probabilities' -Tag Output {
    It 'are the softmax of the scores' {
        $file = Read-Npy (Invoke-SegmentationBatch $cat @onCpu -Weights $weights -OutputKind Probabilities -Destination (New-TestFolder)).OutputPath
        $file.Shape | Should -Be 21, 32, 32
        $sum = ($scores | ForEach-Object { [System.Math]::Exp($_) } | Measure-Object -Sum).Sum
        foreach ($class in 0, 7, 20) {
            $expected = [System.Math]::Exp($scores[$class]) / $sum
            foreach ($pixel in 0, 1023) {
                [System.Math]::Abs($file.Elements[$class * 1024 + $pixel] - $expected) | Should -BeLessThan 1e-5
            }
        }
    }
}

Describe 'No output' -Tag Output {
    It 'is written with -OutputFormat None, and the results say how much left the device' {
        $results = $pictures | Invoke-SegmentationBatch @quick -OutputKind Logits -OutputFormat None -Destination (Join-Path $TestDrive 'unused')
        $results.Status | Should -Be (@('Processed') * $pictures.Count)
        $results.OutputPath | Where-Object { $_ } | Should -BeNullOrEmpty
        $results.OutputBytes | Select-Object -Unique | Should -Be (21 * 16 * 16 * 4)
        Join-Path $TestDrive 'unused' | Should -Not -Exist
    }
}

Describe 'The same pictures' -Tag Output {
    BeforeAll {
        $same = @{ OutputKind = 'Logits'; BatchSize = 2; Seed = 5 }
        $reference = New-TestFolder
        $null = $pictures | Invoke-SegmentationBatch @onCpu @same -Destination $reference -Strategy Baseline
        $expected = Get-Hash $reference
    }

    It 'have the same bytes with <_>' -ForEach $strategies {
        $folder = New-TestFolder
        ($pictures | Invoke-SegmentationBatch @onCpu @same -Destination $folder -Strategy $_ -WorkerCount 3 -LoaderCount 2).Status |
            Should -Be (@('Written') * $pictures.Count)
        Get-Hash $folder | Should -Be $expected
    }

    It 'have others with another seed' {
        $folder = New-TestFolder
        $null = $pictures | Invoke-SegmentationBatch @onCpu -OutputKind Logits -BatchSize 2 -Seed 6 -Destination $folder
        foreach ($hash in Get-Hash $folder) {
            $hash | Should -Not -BeIn $expected
        }
    }
}

Describe 'Names of outputs' -Tag Output {
    BeforeAll {
        $first = New-TinyPicture "$(New-TestFolder)/same.png"
        $second = New-TinyPicture "$(New-TestFolder)/same.jpg" # A PNG by content, which is what counts.
        $third = New-TinyPicture "$(New-TestFolder)/other.png"
        $collision = 'OutputNameCollision,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
    }

    It 'that collide are an error of the later picture, with -Force:$<Force>' -ForEach @{ Force = $false }, @{ Force = $true } {
        $masks = New-TestFolder
        $results = $first, $second, $third |
            Invoke-SegmentationBatch @quick -Destination $masks -Force:$Force -ErrorVariable errors -ErrorAction SilentlyContinue
        $results.Path | Should -Be $first, $third
        $errors.FullyQualifiedErrorId | Should -Be $collision
        $errors[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $errors[0].TargetObject | Should -Be $second
        $errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*run once for each input folder*'
        Get-FileName $masks | Should -Be 'other.png', 'same.png'
    }

    It 'that the same picture twice would have are a collision too' {
        $results = $first, $first | Invoke-SegmentationBatch @quick -Destination (New-TestFolder) -ErrorVariable errors -ErrorAction SilentlyContinue
        $results | Should -HaveCount 1
        $errors.FullyQualifiedErrorId | Should -Be $collision
    }

    It 'that differ in case or extension do not collide' {
        $folder = New-TestFolder
        $paths = 'a.png', 'A.png', 'a.b.png' | ForEach-Object { New-TinyPicture "$folder/$_" }
        $masks = New-TestFolder
        ($paths | Invoke-SegmentationBatch @quick -Destination $masks).Status | Should -Be (@('Written') * 3)
        Get-FileName $masks | Should -HaveCount 3
    }

    It 'that are the picture''s own are refused, and the picture stays' {
        $folder = [System.IO.Path]::GetDirectoryName($first)
        $before = (Get-FileHash $first).Hash
        $first | Invoke-SegmentationBatch @quick -Destination $folder -Force -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be 'OutputReplacesInput,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $errors[0].TargetObject | Should -Be $first
        $errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Destination*'
        (Get-FileHash $first).Hash | Should -Be $before
        Get-FileName $folder | Should -Be 'same.png'
    }

    It 'are in the folder of that name, even <_>' -ForEach 'with space', '[brackets]', '$dollar', 'ünïcödé 日本', '-dash', 'deep/er/est' {
        $masks = "$(New-TestFolder)/$_"
        (Invoke-SegmentationBatch $third @quick -Destination $masks).OutputPath | Should -BeExactly "$masks/other.png"
        Get-FileName $masks | Should -BeExactly 'other.png'
    }
}
