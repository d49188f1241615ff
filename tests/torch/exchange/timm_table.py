"""The smallest model of each family of timm, at a size that is quick and that it takes."""

from __future__ import annotations

import timm
import torch
from torch import nn

__all__ = ["FAMILIES", "NEARLY", "SAMPLE", "made"]

# name:edge; without an edge it takes its own size only.
FAMILIES = tuple(
    """
    test_byobnet:96 cait_xxs24_224 convit_tiny convmixer_768_32:96 convnext_atto_rms:96 cpubone_nano:96
    crossvit_tiny_240 csatv2:160 cs3darknet_focus_s:128 cspnext_tiny:96 davit_tiny:96 deit_tiny_patch16_224
    densenet121:96 dla46_c:96 dpn48b:96 edgenext_xx_small:128 efficientformer_l1 efficientformerv2_s0
    test_efficientnet:96 efficientvim_m1:96 efficientvit_b0:96 efficientvit_m0 vit_tiny_patch16_dinov3_qkvb
    fasternet_t0:96 fastvit_t8:128 focalnet_tiny_srf:96 gcvit_xxtiny ghostnet_050:96 hardcorenas_b:96 hgnetv2_b0:96
    hiera_tiny_224 sam2_hiera_tiny:160 hrnet_w18_small:96 iformer_t:96 inception_next_atto:96
    inception_resnet_v2:128 inception_v3:128 inception_v4:128 lcnetv2_small:96 levit_128 lowformer_b0:96
    test_mambaout:96 maxvit_pico_rw_256 poolformerv2_s12:96 gmlp_ti16_224 mobilenetv3_small_050:96
    mobilevit_xxs:128 mvitv2_tiny nest_tiny nextvit_small:96 test_nfnet:96 pit_ti_224 pvt_v2_b0:96 rdnet_tiny:96
    regnetx_002:96 repghostnet_050:96 repvit_m1:96 res2next50:96 resnest14d:96 test_resnet:96 resnetv2_18:96
    rexnet_100:96 selecsls42:96 legacy_seresnet18:96 sequencer2d_s shvit_s1:96 skresnet18:96 starnet_s050:96
    swiftformer_xs swin_tiny_patch4_window7_224 swinv2_tiny_window16_256 swinv2_cr_tiny_224 tiny_vit_5m_224:96
    tnt_s_legacy_patch16_224 tresnet_m:96 twins_svt_small visformer_tiny test_vit vit_tiny_r_s16_p8_224
    test_vit_relpos vitamin_small_224 volo_d1_224 ese_vovnet19b_slim_dw:96 legacy_xception:128 xception41p:128
    xcit_nano_12_p8_224
    """.split()
)
SAMPLE = (
    "test_byobnet:96",
    "test_efficientnet:96",
    "test_resnet:96",
    "test_vit",
    "test_mambaout:96",
    "starnet_s050:96",
)
NEARLY = {"csatv2": 1e-5, "gcvit_xxtiny": 1e-5, "pvt_v2_b0": 1e-5, "twins_svt_small": 1e-5}


def made(entry: str) -> tuple[str, nn.Module, dict[str, torch.Tensor]]:
    """The name, the model and a batch of three."""
    name, _, edge = entry.partition(":")
    torch.manual_seed(0)
    model = timm.create_model(name)
    channels, *sides = model.pretrained_cfg["input_size"]
    sides = [int(edge)] * 2 if edge else sides
    return name, model, {"input": torch.randn(3, channels, *sides, generator=torch.Generator().manual_seed(0))}
