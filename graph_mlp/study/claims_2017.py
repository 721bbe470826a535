"""The Analysis of the 2017 notebook: its plots in their order, and what it says of them."""

from math import inf

from graph_mlp.study.claims import Claim
from graph_mlp.study.plan import Comparison, Plan

TOPOLOGIES = ('relu-1568-500', 'relu-300-100', 'relu-100-50')
REDUCED = ('PCA154_relu-1568-500', 'PCA154_relu-300-100', 'PCA154_relu-100-50')
LAYERS = ('relu-300-100', 'elu-300-100', 'BN_relu-300-100', 'BN_elu-300-100')
BN_ELU_AND_OTHERS = ('BN_elu-300-100', 'relu-300-100', 'elu-300-100', 'BN_relu-300-100')
# All optimizers have the notebook's learning rate of 0.01, RMSProp and Adam also the 0.001 that is usual for them.
RMS_AND_ADAM = ('BN_RMS_elu-300-100', 'BN_ADAM_elu-300-100')
USUAL_RATE = {f'{tag}_rate-0.001': tag for tag in RMS_AND_ADAM}
ADAPTIVE = ('BN_ADAGRAD_elu-300-100', *RMS_AND_ADAM, *USUAL_RATE)
# Trained for their seconds per epoch alone.
IN_NOTEBOOK_LOOP = {f'{tag}_notebook-loop': tag for tag in ('elu-300-100', 'BN_elu-300-100')}

COMPARISONS = (
    Comparison(
        key='raw-by-epoch', title='Three topologies on raw pixels, by epoch', runs=TOPOLOGIES,
        summary='In 2017: Hidden layers larger than the input, smaller and much smaller all ended near 98 %. More '
        'units gave slightly more precision and took much more training time.',
        claims=(
            Claim(claim='All topologies end at the same accuracy, close to 98 %.',
                  sentence='The final accuracy furthest from 98 % is {} away from it', operator='highest',
                  measure='distance from 98 %', runs=TOPOLOGIES, range=(-inf, 0.005)),
            Claim(claim='More units give slightly more precision.', sentence='1568-500 ends {} than 100-50',
                  operator='difference', runs=('relu-1568-500', 'relu-100-50'), range=(0.0, 0.01)),
            Claim(claim='But the training time grows a lot with them.',
                  sentence='An epoch of 1568-500 takes {} as long as an epoch of 100-50', operator='ratio',
                  measure='seconds per epoch', runs=('relu-1568-500', 'relu-100-50'), range=(2.0, inf)),
        ),
    ),
    Comparison(
        key='raw-by-time', title='Three topologies on raw pixels, by training time', axis='by-time', runs=TOPOLOGIES,
        summary='In 2017: Over time 300-100 looked best: 41 % faster than 1568-500, for 0.15 % of precision.',
        claims=(
            Claim(claim='300-100 is 41 % faster than the big one ...',
                  sentence='An epoch of 300-100 takes {} than an epoch of 1568-500', operator='share saved',
                  measure='seconds per epoch', runs=('relu-300-100', 'relu-1568-500'), range=(0.31, 0.51)),
            Claim(claim='... and loses only 0.15 % of precision.', sentence='300-100 ends {} than 1568-500',
                  operator='lag', runs=('relu-300-100', 'relu-1568-500'), range=(-inf, 0.0025)),
        ),
    ),
    Comparison(
        key='pca', title='The same topology on raw pixels and on PCA154', axis='by-time',
        runs=('relu-300-100', 'PCA154_relu-300-100'),
        summary='In 2017: With 154 components, which lose 5 % of the data, the first matrix has 154 rows instead of '
        '784: training was faster and hardly less precise. For so small a network that did not make up for the fit, '
        'which was not timed.',
        claims=(
            Claim(claim='Training is faster on PCA154.',
                  sentence='An epoch on PCA154 takes {} than an epoch on raw pixels', operator='share saved',
                  measure='seconds per epoch', runs=('PCA154_relu-300-100', 'relu-300-100'), range=(0.0, inf)),
            Claim(claim='Hardly any precision is lost.', sentence='Training on PCA154 ends {} than on raw pixels',
                  operator='lag', runs=('PCA154_relu-300-100', 'relu-300-100'), range=(-inf, 0.005)),
            Claim(claim='The time gained does not pay for the fit of the PCA.', operator='difference',
                  sentence='The fit of the PCA and training on PCA154 together are {} than training on raw pixels',
                  measure='training seconds with PCA', runs=('PCA154_relu-300-100', 'relu-300-100'), range=(0.0, inf)),
        ),
    ),
    Comparison(
        key='pca-against-big', title='PCA154 into 300-100 against raw pixels into 1568-500', axis='by-time',
        runs=('PCA154_relu-300-100', 'relu-1568-500'),
        summary='In 2017: Both have about twice as many units as inputs. They ended 0.3 % apart, and computing time '
        'began to matter: a smaller network on fewer features saves more time than the fit of the PCA takes.',
        claims=(
            Claim(claim='The precisions are 0.3 % apart.', sentence='The two final accuracies are {} apart',
                  operator='range', runs=('relu-1568-500', 'PCA154_relu-300-100'), range=(0.0015, 0.0045)),
            Claim(claim='With a smaller topology as well, the PCA pays off.', operator='difference',
                  sentence='Training 1568-500 on raw pixels is {} than the fit of the PCA and training 300-100 on '
                  'PCA154 together',
                  measure='training seconds with PCA', runs=('relu-1568-500', 'PCA154_relu-300-100'), range=(0.0, inf)),
        ),
    ),
    Comparison(
        key='reduced-topologies', title='Three topologies on PCA154', runs=REDUCED,
        summary='In 2017: On reduced inputs the precision changed little from topology to topology: a light model will '
        'do.',
        claims=(
            Claim(claim='On PCA154 the accuracy depends little on the topology.', operator='range',
                  sentence='The highest final accuracy is {} above the lowest', runs=REDUCED, range=(-inf, 0.005)),
        ),
    ),
    Comparison(
        key='raw-topologies', title='Three topologies on raw pixels', runs=TOPOLOGIES,
        summary='In 2017: On raw pixels, too, the precision changed little from topology to topology.',
        claims=(
            Claim(claim='On raw pixels the accuracy depends little on the topology.', operator='range',
                  sentence='The highest final accuracy is {} above the lowest', runs=TOPOLOGIES, range=(-inf, 0.005)),
        ),
    ),
    Comparison(
        key='layers-by-time', title='Activations and batch norm on 300-100, by training time', axis='by-time',
        runs=LAYERS, timed=tuple(IN_NOTEBOOK_LOOP),
        summary='In 2017: Batch norm with ELU learned much faster than the others, although it takes more computing: '
        '60 epochs took 1 min 57 s instead of 59 s.',
        claims=(
            Claim(claim='Batch norm with ELU learns faster than the others in training time too.', operator='lead',
                  sentence='BN_elu reaches 97 % {} than the first of the others', measure='seconds to 97 %',
                  runs=BN_ELU_AND_OTHERS, range=(0.0, inf)),
            Claim(claim="Batch norm doubles the computing time (59 s to 117 s), in the notebook's loop.",
                  sentence="In the notebook's loop an epoch of BN_elu takes {} as long as an epoch of elu",
                  operator='ratio', measure='seconds per epoch', range=(1.5, 2.5),
                  runs=('BN_elu-300-100_notebook-loop', 'elu-300-100_notebook-loop')),
            Claim(claim='Batch norm doubles the computing time, in the compiled loop.',
                  sentence='In the compiled loop an epoch of BN_elu takes {} as long as an epoch of elu',
                  operator='ratio', measure='seconds per compiled epoch', runs=('BN_elu-300-100', 'elu-300-100'),
                  range=(1.5, 2.5)),
        ),
    ),
    Comparison(
        key='layers-by-epoch', title='Activations and batch norm on 300-100, by epoch', runs=LAYERS,
        summary='In 2017: Per epoch batch norm with ELU outperformed the others and was completely trained after 20 '
        'epochs, 39 s, the others after about 50 s. ELU without batch norm was worse than all others, by 1 %.',
        claims=(
            Claim(claim='Batch norm with ELU learns fastest per epoch.', operator='lead',
                  sentence='After 5 epochs the accuracy of BN_elu is {} than the best of the others',
                  measure='accuracy after 5 epochs', runs=BN_ELU_AND_OTHERS, range=(0.0, inf)),
            Claim(claim='Batch norm with ELU is completely trained after 20 epochs.', operator='highest',
                  sentence='From epoch 20 to the end the accuracy of BN_elu changes by {}',
                  measure='change after 20 epochs', runs=('BN_elu-300-100',), range=(-inf, 0.002)),
            Claim(claim='So it is trained sooner than the others in seconds (39 s against about 50 s).',
                  sentence='The accuracy of BN_elu settles within 0.2 points of its end {} than the first of the '
                  'others', operator='lead', measure='seconds until settled', runs=BN_ELU_AND_OTHERS, range=(0.0, inf)),
            Claim(claim='ELU without batch norm is worse than all others.', operator='lag',
                  sentence='elu ends {} than the lowest of the others',
                  runs=('elu-300-100', 'relu-300-100', 'BN_relu-300-100', 'BN_elu-300-100'), range=(0.0, inf)),
            Claim(claim='ELU without batch norm is about 1 % worse than with it.', operator='lag',
                  sentence='elu ends {} than BN_elu', runs=('elu-300-100', 'BN_elu-300-100'), range=(0.005, 0.015)),
        ),
    ),
    Comparison(
        key='optimizers', title='Six optimizers on batch norm, ELU and 300-100',
        runs=('BN_elu-300-100', 'BN_MO_elu-300-100', 'BN_NAG_elu-300-100', *ADAPTIVE),
        summary='In 2017: Not tried. The conclusion passes on the advice of a study of 2017: avoid adaptive '
        "optimizers, which generalize poorly, and use Nesterov's accelerated gradient.",
        claims=(
            Claim(claim="Adaptive optimizers (Adagrad, RMSProp, Adam) generalize worse than Nesterov's gradient.",
                  sentence="Nesterov's gradient ends {} than the adaptive optimizer with the best validation accuracy",
                  operator='lead by validation', runs=('BN_NAG_elu-300-100', *ADAPTIVE), range=(0.0, inf)),
            Claim(claim="Nesterov's gradient is the one to use.",
                  sentence="Nesterov's gradient ends {} than the best of the other optimizers", operator='lead',
                  runs=('BN_NAG_elu-300-100', 'BN_elu-300-100', 'BN_MO_elu-300-100', *ADAPTIVE), range=(0.0, inf)),
        ),
    ),
)  # fmt: skip

PLAN = Plan(
    question='The Analysis of 2017, repeated', seeds=3, epochs=60, claims_title='claim of 2017',
    comparisons=COMPARISONS, runs={
        **{label: {'model': tag, 'learning-rate': 0.001} for label, tag in USUAL_RATE.items()},
        **{label: {'model': tag, 'steps-per-run': 1, 'epochs': 5} for label, tag in IN_NOTEBOOK_LOOP.items()},
    },
)  # fmt: skip
