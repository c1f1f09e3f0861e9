# What leaves a run beside plain labels and scores: confidence, sizes, archives, wide labels, arrays over runs, pictures with their
# masks over them, class names, and pictures in tiles.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $small = @{ Model = 'pointwise'; Device = 'cpu'; ImageSize = 32; ClassCount = 5; Seed = 4 }
    $inTiles = @{ Model = 'pointwise'; Device = 'cpu'; ClassCount = 5; Seed = 4; TileSize = 128 }
    $cat = Get-EgressPath 'samples/pictures/cat.png' # 451 × 300
    $wine = Get-EgressPath 'samples/pictures/wine.jpg'
    $command = 'Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'

    function Expand-Npz([string] $Path) {
        $folder = New-TestFolder
        [System.IO.Compression.ZipFile]::ExtractToDirectory($Path, $folder)
        $folder
    }

    function Get-Refusal([hashtable] $Parameters) {
        try {
            $null = Invoke-SegmentationBatch $cat @Parameters -ErrorAction Stop
        }
        catch {
            $_
        }
    }

    function Read-ZarrDocument([string] $Path) {
        Get-Content "$Path/zarr.json" -Raw | ConvertFrom-Json
    }
}

Describe 'Confidence' -Tag Output {
    It 'is an archive of labels and probabilities in the picture''s size' {
        $masks = New-TestFolder
        $result = Invoke-SegmentationBatch $cat @small -OutputKind Confidence -Destination $masks
        $result.OutputPath | Should -Be "$masks/cat.npz"
        Get-FileName $masks | Should -Be 'cat.npz'
        $arrays = Expand-Npz $result.OutputPath
        Get-FileName $arrays | Should -Be 'confidence.npy', 'labels.npy'
        $labels = Read-Npy "$arrays/labels.npy"
        $labels.Type | Should -Be '|u1'
        $labels.Shape | Should -Be 300, 451
        $confidence = Read-Npy "$arrays/confidence.npy"
        $confidence.Type | Should -Be '<f4'
        $confidence.Shape | Should -Be 300, 451

        # The largest of five probabilities is a fifth at least.
        $range = $confidence.Elements | Measure-Object -Minimum -Maximum
        $range.Minimum | Should -BeGreaterOrEqual (0.2 - 1e-4)
        $range.Maximum | Should -BeLessOrEqual 1
        $range.Maximum | Should -BeGreaterThan $range.Minimum
    }

    It 'is the largest probability of each pixel, and the labels are the ones of -OutputKind Labels' {
        $folder = New-TestFolder
        $common = $small + @{ OutputSize = 'Model' }
        $arrays = Expand-Npz (Invoke-SegmentationBatch $cat @common -OutputKind Confidence -Destination "$folder/confidence").OutputPath
        $all = (Read-Npy (Invoke-SegmentationBatch $cat @common -OutputKind Probabilities -Destination "$folder/all").OutputPath).Elements
        $labels = (Invoke-SegmentationBatch $cat @common -OutputFormat Npy -Destination "$folder/labels").OutputPath
        (Get-FileHash "$arrays/labels.npy").Hash | Should -Be (Get-FileHash $labels).Hash
        $confidence = (Read-Npy "$arrays/confidence.npy").Elements
        $confidence | Should -HaveCount 1024
        $worst = 0
        for ($pixel = 0; $pixel -lt 1024; $pixel++) {
            $largest = 0
            for ($class = 0; $class -lt 5; $class++) {
                $largest = [System.Math]::Max($largest, $all[1024 * $class + $pixel])
            }

            $worst = [System.Math]::Max($worst, [System.Math]::Abs($largest - $confidence[$pixel]))
        }

        $worst | Should -BeLessThan 1e-5
    }

    It 'is a file of its own where <Format> has one array a file' -ForEach @(
        @{ Format = 'Png'; Files = 'cat.confidence.png', 'cat.png' }
        @{ Format = 'Npy'; Files = 'cat.confidence.npy', 'cat.npy' }
        @{ Format = 'Raw'; Files = 'cat.confidence.raw', 'cat.raw' }
    ) {
        $masks = New-TestFolder
        $result = Invoke-SegmentationBatch $cat @small -OutputKind Confidence -OutputFormat $Format -Destination $masks
        Get-FileName $masks | Should -Be $Files
        $result.OutputPath | Should -Be "$masks/$($Files[1])"
        $result.OutputBytes | Should -Be (Get-ChildItem $masks | Measure-Object Length -Sum).Sum
    }

    It 'as PNG is grey of 16 bits beside labels of 8' {
        $masks = New-TestFolder
        $null = Invoke-SegmentationBatch $cat @small -OutputKind Confidence -OutputFormat Png -Destination $masks
        $header = Read-PngHeader "$masks/cat.confidence.png"
        $header.Width, $header.Height, $header.BitDepth, $header.ColorType | Should -Be 451, 300, 16, 0
        $header = Read-PngHeader "$masks/cat.png"
        $header.BitDepth, $header.ColorType | Should -Be 8, 3
    }
}

Describe '-OutputSize' -Tag Output {
    It '<Kind> in the size <Name>: <Shape>' -ForEach @(
        @{ Kind = 'Labels'; Size = 'Input'; Name = 'Input'; Shape = 300, 451 }
        @{ Kind = 'Labels'; Size = 'Model'; Name = 'Model'; Shape = 32, 32 }
        @{ Kind = 'Labels'; Size = ''; Name = 'by default'; Shape = 300, 451 }
        @{ Kind = 'Logits'; Size = 'Input'; Name = 'Input'; Shape = 5, 300, 451 }
        @{ Kind = 'Probabilities'; Size = 'Input'; Name = 'Input'; Shape = 5, 300, 451 }
        @{ Kind = 'Probabilities'; Size = ''; Name = 'by default'; Shape = 5, 32, 32 }
    ) {
        $asked = $Size ? @{ OutputSize = $Size } : @{}
        $result = Invoke-SegmentationBatch $cat @small @asked -OutputKind $Kind -OutputFormat Npy -Destination (New-TestFolder)
        (Read-Npy $result.OutputPath).Shape | Should -Be $Shape
        $result.Width, $result.Height | Should -Be 451, 300
    }
}

Describe 'Npz' -Tag Output {
    It 'holds <Name> for <Kind>, the same bytes as .npy' -ForEach @(
        @{ Kind = 'Labels'; Name = 'labels' }
        @{ Kind = 'Logits'; Name = 'logits' }
        @{ Kind = 'Probabilities'; Name = 'probabilities' }
    ) {
        $folder = New-TestFolder
        $archive = (Invoke-SegmentationBatch $cat @small -OutputKind $Kind -OutputFormat Npz -Destination "$folder/npz").OutputPath
        $single = (Invoke-SegmentationBatch $cat @small -OutputKind $Kind -OutputFormat Npy -Destination "$folder/npy").OutputPath
        $archive | Should -BeLike '*/cat.npz'
        $arrays = Expand-Npz $archive
        Get-FileName $arrays | Should -Be "$Name.npy"
        (Get-FileHash "$arrays/$Name.npy").Hash | Should -Be (Get-FileHash $single).Hash
    }
}

Describe 'Labels of many classes' -Tag Output {
    It '<Classes> make a PNG of <Bits> bits and NumPy''s <Type>' -ForEach @(
        @{ Classes = 256; Bits = 8; Colour = 3; Type = '|u1' }
        @{ Classes = 257; Bits = 16; Colour = 0; Type = '<i2' }
    ) {
        $many = $small + @{}
        $many.ClassCount = $Classes
        $masks = New-TestFolder
        $null = Invoke-SegmentationBatch $cat @many -Destination $masks
        $header = Read-PngHeader "$masks/cat.png"
        $header.Width, $header.Height, $header.BitDepth, $header.ColorType | Should -Be 451, 300, $Bits, $Colour
        (Read-Npy (Invoke-SegmentationBatch $cat @many -OutputFormat Npy -Destination "$masks/npy").OutputPath).Type | Should -Be $Type
    }
}

Describe 'Zarr' -Tag Output {
    It 'is one array over the run, a chunk a picture' {
        $group = New-TestFolder
        $results = $cat, $wine | Invoke-SegmentationBatch @small -OutputKind Probabilities -OutputFormat Zarr -Destination $group
        $results.ArrayIndex | Should -Be 0, 1
        $document = Read-ZarrDocument $group
        $document.zarr_format, $document.node_type | Should -Be 3, 'group'
        $array = Read-ZarrDocument "$group/probabilities"
        $array.zarr_format, $array.node_type, $array.data_type | Should -Be 3, 'array', 'float32'
        $array.shape | Should -Be 2, 5, 32, 32
        $array.chunk_grid.name | Should -Be 'regular'
        $array.chunk_grid.configuration.chunk_shape | Should -Be 1, 5, 32, 32
        $array.codecs.name | Should -Be 'bytes'
        $array.codecs[0].configuration.endian | Should -Be 'little'

        # A chunk is the picture's array as raw bytes.
        foreach ($index in 0, 1) {
            $raw = (Invoke-SegmentationBatch ($cat, $wine)[$index] @small -OutputKind Probabilities -OutputFormat Raw -Destination (New-TestFolder)).OutputPath
            (Get-FileHash "$group/probabilities/c/$index/0/0/0").Hash | Should -Be (Get-FileHash $raw).Hash
        }

        $names = Read-ZarrDocument "$group/names"
        $names.data_type, $names.shape[0] | Should -Be 'string', 2
    }

    It 'has labels compressed, and confidence beside them' {
        $group = New-TestFolder
        $null = Invoke-SegmentationBatch $cat @small -OutputKind Confidence -OutputFormat Zarr -Destination $group
        $labels = Read-ZarrDocument "$group/labels"
        $labels.data_type | Should -Be 'uint8'
        $labels.codecs.name | Should -Be 'bytes', 'gzip'
        $labels.shape | Should -Be 1, 32, 32
        $raw = (Invoke-SegmentationBatch $cat @small -OutputSize Model -OutputFormat Raw -Destination (New-TestFolder)).OutputPath
        $file = [System.IO.File]::OpenRead("$group/labels/c/0/0/0")
        $gzip = [System.IO.Compression.GZipStream]::new($file, [System.IO.Compression.CompressionMode]::Decompress)
        $bytes = [System.IO.MemoryStream]::new()
        $gzip.CopyTo($bytes)
        $gzip.Dispose()
        $bytes.ToArray() | Should -Be ([System.IO.File]::ReadAllBytes($raw))
        (Get-Item "$group/confidence/c/0/0/0").Length | Should -Be (32 * 32 * 4)
    }

    It 'goes on where a run before has ended' {
        $group = New-TestFolder
        $zarr = $small + @{ OutputFormat = 'Zarr'; OutputSize = 'Model'; Destination = $group }
        (Invoke-SegmentationBatch $cat @zarr).ArrayIndex | Should -Be 0
        $results = $wine, $cat | Invoke-SegmentationBatch @zarr
        $results.Status | Should -Be 'Written', 'Skipped'
        $results.ArrayIndex | Should -Be 1, 0
        (Read-ZarrDocument "$group/labels").shape | Should -Be 2, 32, 32
    }

    It 'is refused with <Why>' -ForEach @(
        @{ Why = 'shards'; Parameters = @{ OutputSize = 'Model'; ShardIndex = 0; ShardCount = 2 } }
        @{ Why = 'sizes of the pictures'; Parameters = @{ OutputSize = 'Input' } }
    ) {
        $never = Join-Path (New-TestFolder) 'never'
        $problem = Get-Refusal ($small + $Parameters + @{ OutputFormat = 'Zarr'; Destination = $never })
        $problem.FullyQualifiedErrorId | Should -Be "OutputFormatUnsupported,$command"
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $never | Should -Not -Exist
    }
}

Describe '-Overlay' -Tag Output {
    It 'writes a picture with its mask over it, beside the mask' {
        $masks = New-TestFolder
        $result = Invoke-SegmentationBatch $cat @small -Overlay -OverlayFormat Png -Destination $masks
        $result.OutputPath | Should -Be "$masks/cat.png"
        Get-FileName $masks | Should -Be 'cat.overlay.png', 'cat.png'
        $header = Read-PngHeader "$masks/cat.overlay.png"
        $header.Width, $header.Height, $header.BitDepth, $header.ColorType | Should -Be 451, 300, 8, 2
    }

    It 'as JPEG is a JPEG, and another opacity another picture' {
        $hashes = foreach ($opacity in 0, 0.5, 1) {
            $masks = New-TestFolder
            $null = Invoke-SegmentationBatch $cat @small -Overlay -OverlayOpacity $opacity -Destination $masks
            Get-FileName $masks | Should -Be 'cat.overlay.jpg', 'cat.png'
            [System.Convert]::ToHexString([System.IO.File]::ReadAllBytes("$masks/cat.overlay.jpg"), 0, 3) | Should -Be 'FFD8FF'
            (Get-FileHash "$masks/cat.overlay.jpg").Hash
        }

        $hashes | Select-Object -Unique | Should -HaveCount 3
    }

    It 'writes pictures alone with -OutputFormat None' {
        $masks = New-TestFolder
        (Invoke-SegmentationBatch $cat @small -Overlay -OutputFormat None -Destination $masks).Status | Should -Be 'Written'
        Get-FileName $masks | Should -Be 'cat.overlay.jpg'
    }
}

Describe '-ClassNames' -Tag Output {
    BeforeAll {
        $names = 'sky', 'sea', 'sand', 'a cat', 'other'
    }

    It 'names the classes whose pixels are counted' {
        $result = Invoke-SegmentationBatch $cat @small -ClassNames $names -OutputFormat Raw -Destination (New-TestFolder)
        $expected = [System.IO.File]::ReadAllBytes($result.OutputPath) | Group-Object | Sort-Object { [int] $_.Name }
        $result.ClassPixels.Class | Should -Be ([int[]] $expected.Name)
        $result.ClassPixels.Pixels | Should -Be ($expected | ForEach-Object Count)
        $result.ClassPixels.Name | Should -Be $names[[int[]] $expected.Name]
        ($result.ClassPixels | Measure-Object Share -Sum).Sum | Should -BeGreaterThan 0.999999
    }

    It 'come from a file too' {
        $file = "$(New-TestFolder)/names.txt"
        Set-Content $file $names
        $result = Invoke-SegmentationBatch $cat @small -ClassNames $file -OutputFormat None
        $result.ClassPixels.Name | ForEach-Object { $_ | Should -BeIn $names }
    }

    It 'are refused where they do not fit: <Names>' -ForEach @(
        @{ Names = @('one', 'two'); Category = 'InvalidArgument' }
        @{ Names = @('/no/such/file.txt'); Category = 'ObjectNotFound' }
    ) {
        $problem = Get-Refusal ($small + @{ ClassNames = $Names; OutputFormat = 'None' })
        $problem.FullyQualifiedErrorId | Should -Be "ClassNamesInvalid,$command"
        $problem.CategoryInfo.Category | Should -Be $Category
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*-ClassNames*'
    }

    It 'count nothing where scores are stored' {
        (Invoke-SegmentationBatch $cat @small -OutputKind Logits -OutputFormat None).ClassPixels | Should -BeNullOrEmpty
    }
}

Describe 'Tiles' -Tag Output {
    It 'cover the picture in its own size: overlap <Name>, <Tiles> tiles' -ForEach @(
        # A tile every 96, 128 and 64 pixels.
        @{ Name = 'by default'; Overlap = $null; Tiles = 5 * 3 }
        @{ Name = '0'; Overlap = 0; Tiles = 4 * 3 }
        @{ Name = '64'; Overlap = 64; Tiles = 7 * 4 }
    ) {
        $asked = $null -ne $Overlap ? @{ TileOverlap = $Overlap } : @{}
        $result = Invoke-SegmentationBatch $cat @inTiles @asked -Destination (New-TestFolder)
        $result.TileCount | Should -Be $Tiles
        $header = Read-PngHeader $result.OutputPath
        $header.Width, $header.Height | Should -Be 451, 300
        ($result.ClassPixels | Measure-Object Pixels -Sum).Sum | Should -Be (451 * 300)
    }

    It 'make the same labels whatever their overlap, of a network that sees one pixel' {
        $hashes = foreach ($overlap in 0, 30, 64) {
            (Get-FileHash (Invoke-SegmentationBatch $cat @inTiles -TileOverlap $overlap -OutputFormat Raw -Destination (New-TestFolder)).OutputPath).Hash
        }

        # A tile that is larger than the picture is the whole of it.
        $whole = $inTiles + @{}
        $whole.TileSize = 512
        $one = Invoke-SegmentationBatch $cat @whole -OutputFormat Raw -Destination (New-TestFolder)
        $one.TileCount | Should -Be 1
        @($hashes; (Get-FileHash $one.OutputPath).Hash) | Select-Object -Unique | Should -HaveCount 1
    }

    It 'are refused with an overlap of <Overlap>' -ForEach @{ Overlap = 65 }, @{ Overlap = 128 } {
        $problem = Get-Refusal ($inTiles + @{ TileOverlap = $Overlap; OutputFormat = 'None' })
        $problem.FullyQualifiedErrorId | Should -Be "OptionInvalid,$command"
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*-TileOverlap*'
    }

    It 'of twelve megapixels take less memory than the picture''s scores would by themselves' {
        $picture = New-LargePicture "$(New-TestFolder)/wide.png" 6000 2000
        $state = Measure-TiledPicture $picture @{ TileSize = 256; Destination = (New-TestFolder) }
        $state.Status, $state.Width, $state.Height | Should -Be 'Written', 6000, 2000
        $state.Pixels | Should -Be 12000000
        $state.Tiles | Should -Be (31 * 11)

        # 21 scores of 4 bytes for each pixel are 1008 MB.
        $state.After - $state.Before | Should -BeLessThan 400MB
    }
}
