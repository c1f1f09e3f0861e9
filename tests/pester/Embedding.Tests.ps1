# What Invoke-EmbeddingBatch takes in, and by which ids it stores: files with sequences, objects of the pipeline, pictures.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $encoder = Get-EgressPath 'samples/models/docs-encoder'
    $quick = @{ Model = $encoder; Device = 'cpu'; MaxLength = 16; Window = 1; LoaderCount = 1; WorkerCount = 1 }

    # A file in a folder of its own, and its path.
    function New-File([string] $Name, [string] $Content) {
        $path = "$(New-TestFolder)/$Name"
        Set-Content -LiteralPath $path $Content -NoNewline
        $path
    }

    # What a run stored: its ids, and its errors' ids.
    function Invoke-Quick {
        $failures = $null
        $options = @{ ErrorVariable = 'failures'; ErrorAction = 'SilentlyContinue' }
        $results = @($MyInvocation.ExpectingInput ? ($input | Invoke-EmbeddingBatch @quick @args @options) : (Invoke-EmbeddingBatch @quick @args @options))
        [pscustomobject]@{
            Ids     = @($results.Ids)
            Status  = @($results.Status)
            Failed  = @($failures | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] })
            Errors  = @($failures)
            Results = $results
        }
    }

    # A program whose vector is the mean of each colour of a picture, as torch.jit.save writes it.
    function New-ImageEncoder {
        $path = "$(New-TestFolder)/colours.pt"
        $archive = [System.IO.Compression.ZipFile]::Open($path, 'Create')
        $add = {
            param($name, [byte[]] $content)
            $stream = $archive.CreateEntry("model/$name", 'NoCompression').Open()
            $stream.Write($content)
            $stream.Dispose()
        }
        $source = "class Net(Module):`n  __parameters__ = []`n  __buffers__ = []`n  training : bool`n" +
            "  def forward(self: __torch__.Net,`n    x: Tensor) -> Tensor:`n    return torch.mean(x, [2, 3])`n"
        $latin = [System.Text.Encoding]::Latin1
        & $add 'data.pkl' $latin.GetBytes("$([char]0x80)$([char]2)c__torch__`nNet`n)$([char]0x81)}X$([char]8)$([char]0)$([char]0)$([char]0)training$([char]0x89)sb.")
        & $add 'code/__torch__.py' $latin.GetBytes($source)
        & $add 'constants.pkl' $latin.GetBytes("$([char]0x80)$([char]2)).")
        & $add 'version' $latin.GetBytes("3`n")
        $archive.Dispose()
        $path
    }
}

Describe 'Files with sequences' -Tag Embedding {
    It 'are <Name> with the columns that are named' -ForEach @(
        @{ Name = 'a.csv'; Content = "number,title`n17,The disk is full`n18,`"A mask, empty`"`n" }
        @{ Name = 'a.jsonl'; Content = '{"number":17,"title":"The disk is full"}' + "`n" + '{"number":"18","title":"A mask, empty"}' }
        @{ Name = 'a[1].NDJSON'; Content = '{"number":17,"title":"The disk is full"}' + "`n`n" + '{"number":"18","title":"A mask, empty"}' }
    ) {
        $file = New-File $Name $Content
        $store = New-TestFolder
        $run = Invoke-Quick -SequencePath ([WildcardPattern]::Escape($file)) -TextColumn title -IdColumn number -Destination $store -StoreText
        $run.Ids | Should -Be '17', '18'
        (Find-EgressVector -Id 18 $store -Top 2 | Sort-Object Id).Text | Should -Contain 'The disk is full'
        (Invoke-Quick -LiteralPath $file -TextColumn title -IdColumn number).Ids | Should -Be '17', '18'
        (Get-Item -LiteralPath $file | Invoke-Quick -TextColumn title -IdColumn number).Ids | Should -Be '17', '18'
    }

    It 'are found by wildcards, each row by its file and line' {
        $file = New-File b.txt "three`n"
        $folder = Split-Path $file
        Set-Content "$folder/a.txt" "one`n`ntwo"
        (Invoke-Quick -SequencePath "$folder/*.txt").Ids | Should -Be "$folder/a.txt:1", "$folder/a.txt:3", "$folder/b.txt:1"
        ([pscustomobject]@{ SequencePath = "$folder/?.txt" } | Invoke-Quick).Ids | Should -HaveCount 3
    }

    It 'of one name in two folders do not replace each other' {
        $folder = New-TestFolder
        foreach ($year in 2025, 2026) {
            $null = New-Item "$folder/$year" -ItemType Directory
            Set-Content "$folder/$year/n.txt" "The text of $year"
        }

        Push-Location $folder
        try {
            (Invoke-Quick -SequencePath 2025/n.txt -Destination store -StoreText).Ids | Should -Be '2025/n.txt:1'
            (Invoke-Quick -SequencePath ./2026/n.txt -Destination store -StoreText).Ids | Should -Be '2026/n.txt:1'
            (Get-ChildItem 20*/n.txt | Invoke-Quick).Ids | Should -Be "$folder/2025/n.txt:1", "$folder/2026/n.txt:1"
        }
        finally {
            Pop-Location
        }

        (Find-EgressVector 'text' "$folder/store" -Model $encoder -Top 5).Text | Sort-Object | Should -Be 'The text of 2025', 'The text of 2026'
    }

    It 'lose <What>' -ForEach @(
        @{ What = 'no rows to a quote that is not closed'; Name = 'a.csv'; Content = "text,id`none,1`n`"two,2`nthree,3`n"; Ids = '1'; Failed = 'SequenceFileInvalid'; Says = 'line 3' }
        @{ What = 'no rows to a quote inside of a field'; Name = 'a.csv'; Content = "text,id`na 5`" disk,1`ntwo,2`n"; Ids = '1', '2'; Failed = @(); Says = '' }
        @{ What = 'only the row with half a character'; Name = 'a.jsonl'; Content = '{"text":"x\ud800","id":1}' + "`n" + '{"text":"two","id":2}'; Ids = '2'; Failed = 'SequenceInvalid'; Says = 'Line 1' }
        @{ What = 'only the row without an id'; Name = 'a.jsonl'; Content = '{"text":"one","number":1}' + "`n" + '{"text":"two","id":2}'; Ids = '2'; Failed = 'SequenceInvalid'; Says = "'id'" }
        @{ What = 'only the row with an empty id'; Name = 'a.csv'; Content = "text,id`none,`ntwo,2`n"; Ids = '2'; Failed = 'SequenceInvalid'; Says = 'a.csv:1' }
        @{ What = 'all where the column with the ids is not there'; Name = 'a.csv'; Content = "text,number`none,1`n"; Ids = @(); Failed = 'SequenceFileInvalid'; Says = 'text, number' }
    ) {
        $run = Invoke-Quick -SequencePath (New-File $Name $Content) -IdColumn id
        $run.Ids | Should -Be $Ids
        $run.Failed | Should -Be $Failed
        "$($run.Errors)" | Should -BeLike "*$Says*"
    }

    It 'in bytes that are no UTF-8 are an error: <_>' -ForEach 'a.txt', 'a.jsonl', 'a.csv' {
        $file = New-File $_ ''
        [System.IO.File]::WriteAllBytes($file, [System.Text.Encoding]::Latin1.GetBytes("text`n{`"text`":`"café`"}`n"))
        (Invoke-Quick -SequencePath $file).Failed | Should -Be 'SequenceFileInvalid'
    }

    It 'that are <What> are an error that speaks of them' -ForEach @(
        @{ What = 'not there'; Path = 'no.csv'; Failed = 'PathNotFound'; Advice = '*-LiteralPath*' }
        @{ What = 'a folder'; Path = '.'; Failed = 'PathNotAFile'; Advice = '*.jsonl*' }
        @{ What = 'of another kind'; Path = 'a.docx'; Failed = 'SequenceFileInvalid'; Advice = '*.parquet*' }
    ) {
        $folder = Split-Path (New-File a.docx '')
        $run = Invoke-Quick -SequencePath "$folder/$Path"
        $run.Failed | Should -Be $Failed
        $run.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike $Advice
    }
}

Describe 'Objects of the pipeline' -Tag Embedding {
    It '<What> with a text' -ForEach @(
        @{ What = 'an object'; Bring = { [pscustomobject]@{ Id = 17; Text = 'x'; Other = 1 } } }
        @{ What = 'a hashtable'; Bring = { @{ Id = 17; Text = 'x' } } }
        @{ What = 'a row of a CSV file'; Bring = { "Text,Id`nx,17" | ConvertFrom-Csv } }
        @{ What = 'a row of a data table'; Bring = { $table = [System.Data.DataTable]::new(); 'Id', 'Text' | ForEach-Object { $null = $table.Columns.Add($_) }; , $table.Rows.Add(17, 'x') } }
    ) {
        $run = & $Bring | Invoke-Quick
        $run.Failed | Should -BeNullOrEmpty
        $run.Ids | Should -Be '17'
    }

    It 'a line of a file is the line, and not the file' {
        $file = New-File a.txt "one`ntwo"
        $run = Get-Content $file | Invoke-Quick
        $run.Ids | Should -HaveCount 2
        $run.Ids | ForEach-Object { $_ | Should -Match '^[0-9a-f]{16}$' }
    }

    It 'an object is asked by script blocks' {
        $file = New-File 'a.md' 'The content'
        (Get-Item $file | Invoke-Quick -Id { $_.Name } -Text { Get-Content $_ -Raw }).Ids | Should -Be 'a.md'
    }

    It 'an object without one is an error that names its properties, and the others go on' {
        $run = [pscustomobject]@{ Number = 17; Body = 'x' }, @{ Body = 'y' }, 'z' | Invoke-Quick -Destination (New-TestFolder)
        $run.Failed | Should -Be 'SequenceInvalid', 'SequenceInvalid'
        $run.Errors[0].Exception.Message | Should -BeLike '*Number, Body*'
        $run.Ids | Should -HaveCount 1
    }

    It 'several texts are one argument' {
        (Invoke-EmbeddingBatch 'one', 'two' -Id a, b @quick).Ids | Should -Be 'a', 'b'
        { Invoke-EmbeddingBatch 'one', 'two' -Id a @quick } | Should -Throw -ErrorId 'OptionInvalid*'
    }
}

Describe 'Pictures' -Tag Embedding {
    BeforeAll {
        $colours = @{ Model = New-ImageEncoder; ImageSize = 16; Device = 'cpu' }
        $folder = New-TestFolder
        'a.png', 'b[1].png' | ForEach-Object { $null = New-TinyPicture "$folder/$_" }
    }

    It 'come by <What>' -ForEach @(
        @{ What = 'Get-ChildItem'; Run = { Get-ChildItem $folder | Sort-Object Name | Invoke-EmbeddingBatch @colours } }
        @{ What = '-Path'; Run = { Invoke-EmbeddingBatch -Path "$folder/*.png" @colours } }
        @{ What = '-LiteralPath'; Run = { Invoke-EmbeddingBatch -LiteralPath "$folder/a.png", "$folder/b[1].png" @colours } }
    ) {
        $results = & $Run
        $results.Ids | Sort-Object | Should -Be "$folder/a.png", "$folder/b[1].png"
        $results.Dimension | Should -Be 3
    }

    It 'and folders come as Get-ChildItem brings them; a folder is an error of its own' {
        $outer = New-TestFolder
        $null = New-Item "$outer/a" -ItemType Directory
        $null = New-TinyPicture "$outer/b.png"
        $results = Get-ChildItem $outer | Sort-Object Name | Invoke-EmbeddingBatch @colours -ErrorVariable failures -ErrorAction SilentlyContinue
        $results.Ids | Should -Be "$outer/b.png"
        $failures.FullyQualifiedErrorId | Should -BeLike 'PathNotAFile*'
    }

    It 'are nothing for an encoder of sequences' {
        { Get-Item "$folder/a.png" | Invoke-EmbeddingBatch @quick } | Should -Throw -ErrorId 'OptionInvalid*' -ExpectedMessage '*takes no pictures*'
    }
}
