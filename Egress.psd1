@{
    RootModule           = 'module/bin/EgressCmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '9ac54834-0f3a-4a36-997f-e28f2ff94ed8'
    Author               = 'Egress contributors'
    CompanyName          = 'Egress contributors'
    Copyright            = '(c) Egress contributors. MIT licence.'
    Description          = 'Batched segmentation on the GPU with large outputs: the copy to the host and the storing of results run beside the computation and not after it.'

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
            Tags         = @('Inference', 'Segmentation', 'GPU', 'CUDA', 'TorchSharp', 'PyTorch', 'Throughput', 'Linux', 'PSEdition_Core')
        }
    }
}
