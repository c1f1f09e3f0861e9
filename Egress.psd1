@{
    RootModule           = 'module/bin/EgressCmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '9ac54834-0f3a-4a36-997f-e28f2ff94ed8'
    Author               = 'Egress contributors'
    CompanyName          = 'Egress contributors'
    Copyright            = '(c) Egress contributors. MIT licence.'
    Description          = 'Batched inference with large outputs, on NVIDIA GPUs and on CPUs: segmentation of pictures into masks, and embedding of texts into DuckDB, PostgreSQL, Parquet, Arrow or NumPy files. The copy to the host and the storing of results run beside the computation and not after it. Measures five designs for that against each other and against the limit of the machine. Needs no Python.'

    CompatiblePSEditions = 'Core'
    PowerShellVersion    = '7.6'

    FormatsToProcess     = 'module/Egress.format.ps1xml'

    CmdletsToExport      = @(
        'Compare-EgressThroughput'
        'Export-EgressReport'
        'Find-EgressVector'
        'Get-EgressDevice'
        'Invoke-EmbeddingBatch'
        'Invoke-SegmentationBatch'
        'Measure-EgressThroughput'
        'Optimize-EgressPipeline'
        'New-PinnedBufferPool'
        'Remove-PinnedBufferPool'
        'Test-EgressOutput'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()

    PrivateData          = @{
        PSData = @{
            LicenseUri   = 'https://opensource.org/license/mit'
            Tags         = @(
                'Inference', 'Segmentation', 'Embedding', 'Embeddings', 'VectorSearch', 'DuckDB', 'PostgreSQL', 'pgvector', 'Parquet', 'Zarr', 'GPU', 'CUDA',
                'TorchSharp', 'PyTorch', 'Throughput', 'Benchmark', 'Linux', 'PSEdition_Core')
        }
    }
}
